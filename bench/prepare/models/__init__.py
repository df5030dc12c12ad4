"""Prepared models: weights found or made, verified, converted, stored."""
