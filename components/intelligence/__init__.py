"""Intelligence: models that others have trained, and our own."""
