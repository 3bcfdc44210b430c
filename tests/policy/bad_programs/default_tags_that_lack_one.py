"""An engineer who trusts the provider's default tags: the list has no CostCenter, and a class of its own making.

Blocked by: TAG-001, TAG-002
"""

import pulumi
import pulumi_aws as aws

seoul = aws.Provider(
    "seoul",
    region="ap-northeast-2",
    default_tags=aws.ProviderDefaultTagsArgs(
        tags={
            "Environment": "dev",
            "Owner": "team-feed",
            "Application": "feed-api",
            "DataClassification": "secret",
            "Compliance": "isms-p",
        }
    ),
)


class Stamps(pulumi.ComponentResource):
    """A key and the topics that use it; its children take over its provider."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions) -> None:
        super().__init__("feedline:feed:Stamps", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        key = aws.kms.Key(name, enable_key_rotation=True, deletion_window_in_days=30, opts=child)
        for topic in ("created", "removed"):
            aws.sns.Topic(f"{name}-{topic}", kms_master_key_id=key.id, tags={"Event": topic}, opts=child)
        self.register_outputs({})


Stamps("posts", pulumi.ResourceOptions(providers={"aws": seoul}))
