"""The formats that networks are read from and written to."""
