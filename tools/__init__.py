"""What makes data for the repository, at development time only. Nothing that runs imports it."""
