"""All services at a glance, and as resources of the Pulumi Kubernetes Operator."""
