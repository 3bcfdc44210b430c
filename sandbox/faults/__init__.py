"""What goes wrong in a real account, on demand: docs/faults.md."""
