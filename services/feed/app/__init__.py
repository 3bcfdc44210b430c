"""Recommended, followed and ranked feeds (REQ-V3)."""
