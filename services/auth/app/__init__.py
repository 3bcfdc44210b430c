"""Sign-up, log-in and accounts on Cognito (REQ-V2)."""
