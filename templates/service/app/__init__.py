"""What runs as ${PROJECT}; Pulumi.yaml says what it is for."""
