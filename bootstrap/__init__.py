"""What an account needs before its first `pulumi up`: looked for, told, and made on request (docs/bootstrap.md)."""
