"""What people do with a stage that stands, day after day: tools over boto3 and the engine."""
