"""Data: what stores, and who gets at it."""
