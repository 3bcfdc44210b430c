"""What releases a service (REQ-S11): its images, and the role that GitHub's runs put them there with."""

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

import pulumi
import pulumi_aws as aws

from components import contract, iam
from components.foundation.registry import lifecycle, repository_name
from components.foundation.roles import role_with_policy
from components.service.place import Place
from components.service.spec import Kind, SpecError

GITHUB = "token.actions.githubusercontent.com"


def github_repository(url: str) -> str:
    """`owner/name` of the repository that ArgoCD reads.

    Raises:
        SpecError: it is not GitHub's, so no run of it could show a token.
    """
    parts = urlsplit(url)
    path = parts.path.strip("/").removesuffix(".git")
    if parts.netloc != "github.com" or path.count("/") != 1:
        raise SpecError(
            f"startup-platform:gitops.repository_url = {json.dumps(url)} of the platform's stack is no repository of "
            "github.com, by whose runs a service is released; give one such as https://github.com/example/platform"
        )
    return path


def environment(place: Place) -> str:
    """The GitHub environment whose runs release it, with what reviewers it asks for: `feed-prod`."""
    return f"{place.spec.name}-{place.scope.stage}"


def trust(place: Place) -> str:
    """Runs of one environment of one repository, and no other: a branch or a pull request alone gets nothing.

    A new repository's tokens name it by number too, and the platform says which form its have.

    https://docs.github.com/en/actions/reference/security/oidc
    """
    by_name = f"repo:{github_repository(place.platform.repository)}"
    subject = f"{place.platform.repository_subject or by_name}:environment:{environment(place)}"
    return iam.document(
        iam.Statement(
            sid="AssumedByRunsOfItsEnvironment",
            actions=["sts:AssumeRoleWithWebIdentity"],
            principal={"Federated": place.scope.arn("iam", f"oidc-provider/{GITHUB}", region="")},
            condition={"StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com", f"{GITHUB}:sub": subject}},
        )
    )


def rights(place: Place) -> list[iam.Statement]:
    """Push the service's own images; of a front end, put its files and have CloudFront forget the old ones."""
    if place.spec.kind is Kind.WEB:
        return _site(place)
    return [
        iam.Statement(  # the token says who one is, and ECR knows no resource for it
            sid="LogInToTheRegistry",
            actions=["ecr:GetAuthorizationToken"],
            resources=["*"],
            condition={"StringEquals": {"aws:RequestedRegion": place.scope.region}},
        ),
        iam.Statement(
            sid="PushItsImages",
            actions=[
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:CompleteLayerUpload",
                "ecr:DescribeImages",
                "ecr:GetDownloadUrlForLayer",
                "ecr:InitiateLayerUpload",
                "ecr:PutImage",
                "ecr:UploadLayerPart",
            ],
            resources=[place.scope.arn("ecr", f"repository/{repository_name(place.scope, place.spec.name)}")],
        ),
    ]


def _site(place: Place) -> list[iam.Statement]:
    bucket = f"arn:aws:s3:::{place.platform.site_bucket}"
    said = contract.parameter_name(place.scope)
    return [
        iam.Statement(
            sid="ReadWhereTheSiteIs",
            actions=["ssm:GetParameter"],
            resources=[place.scope.arn("ssm", f"parameter{said}")],
        ),
        iam.Statement(sid="ListTheSite", actions=["s3:ListBucket"], resources=[bucket]),
        iam.Statement(
            sid="PutAReleaseOfTheSite",
            actions=["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
            resources=[f"{bucket}/*"],
        ),
        place.by_key("UseTheKeyOfTheSite", "storage", "s3", ["kms:Decrypt", "kms:GenerateDataKey"]),
        iam.Statement(
            sid="HaveCloudFrontForgetTheOldOne",
            actions=["cloudfront:CreateInvalidation", "cloudfront:GetInvalidation"],
            resources=[place.scope.arn("cloudfront", f"distribution/{place.platform.distribution_id}", region="")],
        ),
    ]


@dataclass(frozen=True, kw_only=True)
class ReleasingArgs:
    """What is released where."""

    place: Place


class Releasing(pulumi.ComponentResource):
    """A repository, where the platform has none for the service already, and a role."""

    repository_url: pulumi.Output[str]  # without a tag; empty for a front end
    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ReleasingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:service:Releasing", name, None, opts)
        child, place = pulumi.ResourceOptions(parent=self), args.place
        self.repository_url = self._repository(name, place)
        role, _ = role_with_policy(
            f"{name}-role",
            description=f"Releases {place.spec.name} from the GitHub environment {environment(place)}",
            trust=trust(place),
            policy=iam.document(*rights(place)),
            tags=place.tags,
            opts=child,
            role_name=place.name("release"),
        )
        self.role_arn = role.arn
        self.register_outputs({"repositoryUrl": self.repository_url, "roleArn": self.role_arn})

    def _repository(self, name: str, place: Place) -> pulumi.Output[str]:
        service = place.spec.name
        if place.spec.kind is Kind.WEB:
            return pulumi.Output.from_input("")
        if service in place.platform.repository_urls:
            return pulumi.Output.from_input(place.platform.repository_urls[service])
        kept = place.keeps("images")
        repository = aws.ecr.Repository(
            f"{name}-images",
            name=repository_name(place.scope, service),
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            encryption_configurations=[
                aws.ecr.RepositoryEncryptionConfigurationArgs(
                    encryption_type="KMS", kms_key=place.platform.key_arns["storage"]
                )
            ],
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=kept, retain_on_delete=kept),
        )
        aws.ecr.LifecyclePolicy(
            f"{name}-images",
            repository=repository.name,
            policy=lifecycle(),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return repository.repository_url
