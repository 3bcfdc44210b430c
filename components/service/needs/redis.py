"""Need `redis` (REQ-S6): keys and channels of the stage's cache below the service's own prefix, as a user of its own.

The user shows an IAM token of the service's role and no password; the cache itself holds it to its prefix.
"""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam
from components.data.cache_rights import rights as access
from components.service.place import Place


def user(place: Place) -> str:
    """Its user's id and name, which IAM wants alike; ElastiCache takes 40 letters, so without the project's name."""
    return f"{place.scope.stage}-{place.spec.name}"


def rights(place: Place) -> list[iam.Statement]:
    """To log in to the cache as its user, and as no other."""
    (cache, *_) = [arn for arn in place.platform.cache_arns if ":replicationgroup:" in arn]
    return [
        iam.Statement(
            sid="LogInToTheCacheAsItsUser",
            actions=["elasticache:Connect"],
            resources=[cache, place.scope.arn("elasticache", f"user:{user(place)}")],
        )
    ]


@dataclass(frozen=True, kw_only=True)
class CacheUserArgs:
    """Whose user it is."""

    place: Place


class CacheUser(pulumi.ComponentResource):
    """A user, and its membership in the cache's group."""

    def __init__(self, name: str, args: CacheUserArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:service:CacheUser", name, None, opts)
        child, place = pulumi.ResourceOptions(parent=self), args.place
        made = aws.elasticache.User(
            f"{name}-user",
            engine="valkey",
            user_id=user(place),
            user_name=user(place),
            access_string=access(place.spec.cache_prefix),
            authentication_mode=aws.elasticache.UserAuthenticationModeArgs(type="iam"),
            tags=place.tags,
            opts=child,
        )
        aws.elasticache.UserGroupAssociation(
            f"{name}-member", user_group_id=place.platform.cache_user_group, user_id=made.user_id, opts=child
        )
        self.register_outputs({})
