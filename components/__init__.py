"""The platform's tiers, one ComponentResource each, and the pure modules that they share (see CONTRIBUTING.md)."""
