"""The prepared image set: found, decoded, resized, stored."""
