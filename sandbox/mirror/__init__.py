"""An AWS that boto3 and the aws command line can talk to: moto, on this machine only, filled from a stage's state."""
