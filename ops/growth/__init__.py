"""How a stage is carried from one phase of growth to the next (REQ-P0 to REQ-P4, REQ-X1 to REQ-X4; docs/growth.md)."""
