"""Every role of a stack below the account's boundary: one that forgot it is one that a deployment may not make."""

import pulumi

from components import iam
from components.naming import Scope


def below_the_boundary(scope: Scope) -> pulumi.ResourceTransform:
    """For what composes tiers, so that no tier knows of it; roles of components that are not ours get it too."""
    arn = iam.boundary_arn(scope)

    def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ != "aws:iam/role:Role":
            return None
        return pulumi.ResourceTransformResult(props={**args.props, "permissionsBoundary": arn}, opts=args.opts)

    return transform
