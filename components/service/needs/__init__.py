"""What a service may need: the rights as pure functions, and a small component where there is something to make."""
