"""Needs that the platform has already made: what is left is the right to use them. No resources."""

from components import iam
from components.contract import parameter_name
from components.intelligence import bedrock
from components.operations.configured import readers_statements
from components.service.place import Place


def contract(place: Place) -> iam.Statement:
    """To learn where things are."""
    return iam.Statement(
        sid="ReadTheContractOfItsStage",
        actions=["ssm:GetParameter"],
        resources=[place.scope.arn("ssm", f"parameter{parameter_name(place.scope)}")],
    )


def platform(place: Place) -> list[iam.Statement]:
    """What every service reads of its stage: where things are, and which heavy features a surge has taken away."""
    on = place.platform
    ids = (on.toggles_application_id, on.toggles_environment_id, on.toggles_profile_id)
    return [contract(place), *readers_statements(place.scope, *ids)]


def model(place: Place) -> list[iam.Statement]:
    """To ask the recommendation model, where the stage serves one."""
    endpoint = place.platform.model_endpoint
    if not place.spec.needs.model or endpoint is None:
        return []
    return [
        iam.Statement(
            sid="AskTheRecommendationModel",
            actions=["sagemaker:InvokeEndpoint"],
            resources=[place.scope.arn("sagemaker", f"endpoint/{endpoint.lower()}")],
        )
    ]


def llm(place: Place) -> list[iam.Statement]:
    """What the stage's assistant may ask of the language model: by the profile, never without the guardrail."""
    if not place.spec.needs.llm or place.platform.assistant_profile_arn is None:
        return []
    return bedrock.asking(place.scope, f"alias/{place.scope.name('lake')}")


def login(place: Place) -> list[iam.Statement]:
    """To look at a user, to sign one out everywhere, and to lock one out; sign-up and login are Cognito's own."""
    if not place.spec.needs.login:
        return []
    return [
        iam.Statement(
            sid="LookAtAndSignOutUsers",
            actions=[
                "cognito-idp:AdminDisableUser",
                "cognito-idp:AdminEnableUser",
                "cognito-idp:AdminGetUser",
                "cognito-idp:AdminSetUserMFAPreference",
                "cognito-idp:AdminUserGlobalSignOut",
            ],
            resources=[place.scope.arn("cognito-idp", f"userpool/{place.platform.user_pool_id}")],
        )
    ]
