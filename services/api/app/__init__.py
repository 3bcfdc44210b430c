"""Authentication of requests, posts, payment and subscription (REQ-V1)."""
