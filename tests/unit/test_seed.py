import asyncio
import re

import pulumi
from pulumi.runtime import rpc

from components.foundation.seed import Seed, SeedArgs
from components.naming import Scope
from tests.unit.recording import Recorded, record

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
PARAMETER = "aws:ssm/parameter:Parameter"


def a_seed(seen: list[pulumi.Output[str]] | None = None) -> Recorded:
    def program() -> None:
        seed = Seed("one", SeedArgs(scope=SCOPE, path="database/seed", key_arn="arn:secrets-key"))
        assert seed.parameter_name == "/startup-platform/dev/database/seed"
        if seen is not None:
            seen.append(seed.value)

    return record(program)


def test_a_seed_is_kept_encrypted_with_the_secrets_key() -> None:
    parameter = a_seed().named("one-parameter", PARAMETER)
    assert (parameter["type"], parameter["keyId"]) == ("SecureString", "arn:secrets-key")
    assert parameter["name"] == "/startup-platform/dev/database/seed"
    assert parameter["tags"]["DataClassification"] == "restricted"


def test_only_the_first_value_counts() -> None:
    first, second = (a_seed().named("one-parameter", PARAMETER) for _ in range(2))
    assert first["value"] != second["value"]
    assert first.ignores == ["value"]


def test_a_seed_is_long_enough_and_fits_mysql_valkey_and_a_header() -> None:
    value = rpc.unwrap_rpc_secret(a_seed().named("one-parameter", PARAMETER)["value"])
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", value)


def test_its_value_is_a_secret() -> None:
    seen: list[pulumi.Output[str]] = []
    a_seed(seen)
    assert asyncio.new_event_loop().run_until_complete(seen[0].is_secret())
