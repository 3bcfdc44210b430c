"""AppConfig: what is below an application has the application's id in its own, each type in another way."""

from collections.abc import Mapping

from sandbox.provider.identity import Identity, Row, arn

_ID = "{lower7}"
_APPLICATION = "application/{applicationId}"
_PROFILE = "{configurationProfileId}"

ROWS: Mapping[str, Row] = {
    "aws:appconfig/application:Application": Identity(id=_ID, arn=arn("appconfig", "application/{id}")),
    "aws:appconfig/configurationProfile:ConfigurationProfile": Identity(
        id=_ID + ":{applicationId}",
        arn=arn("appconfig", f"{_APPLICATION}/configurationprofile/{_ID}"),
        outputs={"configurationProfileId": _ID},
    ),
    # Numbered by the environment, from 1.
    "aws:appconfig/deployment:Deployment": Identity(
        id="{applicationId}/{environmentId}/1",
        arn=arn("appconfig", f"{_APPLICATION}/environment/{{environmentId}}/deployment/1"),
        outputs={"deploymentNumber": 1, "state": "COMPLETE"},
    ),
    "aws:appconfig/deploymentStrategy:DeploymentStrategy": Identity(
        id=_ID, arn=arn("appconfig", "deploymentstrategy/{id}")
    ),
    "aws:appconfig/environment:Environment": Identity(
        id=_ID + ":{applicationId}",
        arn=arn("appconfig", f"{_APPLICATION}/environment/{_ID}"),
        outputs={"environmentId": _ID, "state": "READY_FOR_DEPLOYMENT"},
    ),
    # Numbered by the profile, from 1.
    "aws:appconfig/hostedConfigurationVersion:HostedConfigurationVersion": Identity(
        id=f"{{applicationId}}/{_PROFILE}/1",
        arn=arn("appconfig", f"{_APPLICATION}/configurationprofile/{_PROFILE}/hostedconfigurationversion/1"),
        outputs={"versionNumber": 1},
    ),
}
