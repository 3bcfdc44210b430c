"""What AWS resources look like: read from the installed Pulumi SDK and from AWS's own CloudFormation schemas."""
