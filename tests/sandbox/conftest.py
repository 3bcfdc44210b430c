"""What the tests of the AWS stand-in share: the real SDK's schema, AWS's schemas, one provider configuration."""

import pytest

from sandbox.provider.configuration import Configuration
from sandbox.schema.cloudformation import CloudFormation
from sandbox.schema.sdk import Sdk


@pytest.fixture(scope="session")
def sdk() -> Sdk:
    return Sdk.installed("aws")


@pytest.fixture(scope="session")
def cloudformation() -> CloudFormation:
    return CloudFormation.installed()


@pytest.fixture
def seoul() -> Configuration:
    return Configuration(region="ap-northeast-2", account="111122223333", default_tags={})
