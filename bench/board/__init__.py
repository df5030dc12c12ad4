"""The computer that is measured: its identity, its state, and what of it would spoil a measurement."""
