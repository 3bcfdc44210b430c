"""A developer who knows Parameter Store, not SecureString: whoever may describe the stack reads the tokens.

Blocked by: SEC-001
"""

import pulumi
import pulumi_aws as aws

config = {
    "feature-flags": "new-timeline=on",
    "slack-token": "xoxb-2048-4096-abcdefGHIJKLmnop",
    "partner-api-key": "d41d8cd98f00b204e9800998ecf8427e",
}
tags = {
    "Environment": pulumi.get_stack(),
    "Owner": "team-growth",
    "CostCenter": "CC-3100",
    "Application": "campaigns",
    "DataClassification": "internal",
    "Compliance": "none",
}

for name, value in config.items():
    aws.ssm.Parameter(name, name=f"/dev/campaigns/{name}", type=aws.ssm.ParameterType.STRING, value=value, tags=tags)
