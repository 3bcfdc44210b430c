"""A seed (REQ-S14): the first value of a password or token that nobody chose and nobody types.

The program draws a new one in every run, but only the first to reach AWS counts: the parameter's value is ignored from
then on, and everybody reads it back from the parameter. It is a secret in the state, a SecureString below the secrets
key in AWS, and nowhere else. What must rotate rotates away from its seed at once and forgets it; what rotates by hand
takes a seed with another path.
"""

import secrets
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import tagging
from components.naming import Scope

APPLICATION = "secrets"
# 192 bits as 32 characters of A-Z a-z 0-9 _ -, which MySQL (at most 41, no / " @), Valkey (16 to 128) and HTTP headers
# all take.
SEED_BYTES = 24


@dataclass(frozen=True, kw_only=True)
class SeedArgs:
    """Where the seed is kept."""

    scope: Scope
    path: str  # below the stage's own path, such as database/seed
    key_arn: pulumi.Input[str]  # the secrets key


class Seed(pulumi.ComponentResource):
    """One random value, drawn once."""

    value: pulumi.Output[str]  # a secret; A-Z a-z 0-9 _ -
    parameter_name: str  # of the SecureString

    def __init__(self, name: str, args: SeedArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:foundation:Seed", name, None, opts)
        self.parameter_name = args.scope.path(args.path)
        parameter = aws.ssm.Parameter(
            f"{name}-parameter",
            name=self.parameter_name,
            description="A first value, drawn by the platform; changing it here changes nothing",
            type="SecureString",
            key_id=args.key_arn,
            value=pulumi.Output.secret(secrets.token_urlsafe(SEED_BYTES)),
            tags=tagging.tier_tags(APPLICATION, tagging.Classification.RESTRICTED),
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["value"]),
        )
        self.value = pulumi.Output.secret(parameter.value)
        self.register_outputs({"parameterName": self.parameter_name})
