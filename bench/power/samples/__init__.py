"""Power samples on disk, and the energy in them."""
