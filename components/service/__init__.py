"""What a developer asks for and gets without asking anyone: a service, and what it needs."""
