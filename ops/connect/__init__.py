"""A way from one's own machine to what is private in a stage (REQ-Y3, docs/access.md)."""
