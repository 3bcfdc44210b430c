"""What runs in the cluster: pins, Helm values, and the add-ons that Pulumi installs."""
