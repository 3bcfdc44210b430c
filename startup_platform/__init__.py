"""This platform's components as a Pulumi package, for other repositories and languages (docs/adr/0037)."""
