"""What every file of a run holds, how it is written whole, read back and migrated: the ground of everything."""
