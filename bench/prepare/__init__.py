"""Weights, graphs and images, verified and converted: one set of numbers for every framework."""
