"""A mobile developer who adds login next sprint: every route of the public API answers whoever calls, unlogged.

Stack: prod
Blocked by: LOG-005, PUB-010
"""

import pulumi
import pulumi_aws as aws

TAGS = {
    "Environment": "prod",
    "Owner": "team-mobile",
    "CostCenter": "CC-2100",
    "Application": "mobile-api",
    "DataClassification": "confidential",
    "Compliance": "isms-p",
}

api = aws.apigatewayv2.Api("mobile", protocol_type="HTTP", tags=TAGS)
backend = aws.apigatewayv2.Integration(
    "mobile",
    api_id=api.id,
    integration_type="HTTP_PROXY",
    integration_method="ANY",
    integration_uri="https://internal.feedline.example.com/{proxy}",
)
for route in ("GET /posts", "POST /posts", "DELETE /posts/{id}"):
    aws.apigatewayv2.Route(
        route, api_id=api.id, route_key=route, target=backend.id.apply(lambda id_: f"integrations/{id_}")
    )
stage = aws.apigatewayv2.Stage("v1", api_id=api.id, name="v1", auto_deploy=True, tags=TAGS)
pulumi.export("url", stage.invoke_url)
