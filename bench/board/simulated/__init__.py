"""A simulated Raspberry Pi: its tree of /sys and /proc, and the physics behind it."""
