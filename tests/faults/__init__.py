"""Faults put in on purpose: whatever breaks, no number is wrong in silence, and nothing but a sentence comes out."""
