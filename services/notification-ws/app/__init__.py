"""Live notices over WebSockets (REQ-V5)."""
