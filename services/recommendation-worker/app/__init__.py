"""User events into features (REQ-V4)."""
