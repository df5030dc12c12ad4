"""Power: meters, the sampler, its samples and the energy in them."""
