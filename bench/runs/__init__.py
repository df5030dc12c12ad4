"""One run directory: opened, found, taken stock of."""
