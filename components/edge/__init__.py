"""Edge: what users meet first, and what stands between them and the services."""
