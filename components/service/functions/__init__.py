"""What runs in Lambda for a service. No resources."""
