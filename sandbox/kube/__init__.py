"""The sandbox's Kubernetes: strict schemas of the pinned minor, and the real API server where it has been built."""
