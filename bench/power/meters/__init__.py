"""One file for each meter."""
