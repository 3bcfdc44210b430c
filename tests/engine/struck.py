"""A small stack on which faults are tried, beside a reference to which nothing happened."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.faults.recovery import Stack, import_document, recover, unknown
from sandbox.faults.states import astray, managed, pending, resources, unlike
from tests.engine.conftest import HEAD

Run = subprocess.CompletedProcess[str]

PROGRAM = """
import json
class Tier(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("test:index:Tier", name, None, own)
        child = pulumi.ResourceOptions(parent=self)
        key = aws.kms.Key("key", description="of the queue", deletion_window_in_days=7, tags=TAGS, opts=child)
        queue = aws.sqs.Queue(
            "queue", kms_master_key_id=key.arn, visibility_timeout_seconds=SECONDS, tags=TAGS, opts=child
        )
        service = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        trust = {"Version": "2012-10-17", "Statement": [service]}
        role = aws.iam.Role("role", name="worker", assume_role_policy=json.dumps(trust), tags=TAGS, opts=child)
        aws.iam.RolePolicy("policy", role=role.id, opts=child, policy=pulumi.Output.json_dumps({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue.arn}],
        }))
Tier("tier")
"""


def write(place: Path, *, seconds: int = 30, program: str = PROGRAM) -> None:
    """Put a small project with the program into a folder."""
    place.mkdir(parents=True, exist_ok=True)
    (place / "Pulumi.yaml").write_text("name: small\nruntime: python\n")
    (place / "Pulumi.dev.yaml").write_text("config: {}\n")
    (place / "__main__.py").write_text(f"{HEAD}SECONDS = {seconds}\n{program}")


@dataclass(kw_only=True)
class Struck:
    """The stack, and what is asked of it."""

    stack: Stack
    reference: Mapping[str, Any]  # the state of a run to which nothing happened
    planned: list[dict[str, Any]]  # what the program wants
    scratch: Path
    said: str = field(default="", init=False)  # what the last run printed

    def run(self, command: str, *options: str, faults: str = "") -> Run:
        """Run a pulumi command with faults."""
        skip = () if command == "stack" else ("--yes", "--skip-preview")
        done = self.stack.pulumi(command, *skip, *options, faults=faults)
        self.said = done.stdout + done.stderr
        return done

    def good(self, command: str, *options: str, faults: str = "") -> None:
        """Run a command that must end well."""
        assert self.run(command, *options, faults=faults).returncode == 0, self.said

    def bad(self, command: str, *options: str, faults: str = "") -> None:
        """Run a command that must not."""
        assert self.run(command, *options, faults=faults).returncode != 0, self.said

    def recover(self) -> None:
        """Do what docs/faults.md tells a user to do."""
        recover(self.stack, self.planned, self.scratch)

    def take_over(self) -> None:
        """Import what the account has and the state does not."""
        lost = unknown(self.stack.peek(), self.stack.living())
        self.scratch.write_text(json.dumps(import_document(lost, self.planned)))
        self.good("import", "--file", str(self.scratch), "--protect=false", "--generate-code=false")

    def in_state(self) -> set[str]:
        """The logical names that a provider made, as the state has it."""
        return {urn.rpartition("::")[2] for urn in managed(self.stack.peek())}

    def in_account(self) -> list[str]:
        """The logical names of what exists."""
        return sorted(each.urn.rpartition("::")[2] for each in self.stack.living())

    def waiting(self) -> list[str]:
        """The logical names of pending operations."""
        return sorted(each["urn"].rpartition("::")[2] for each in pending(self.stack.peek()))

    def errors_of(self, name: str) -> list[str]:
        """The initialisation errors that the state holds for a resource."""
        (found,) = (each for each in resources(self.stack.peek()) if each["urn"].endswith(f"::{name}"))
        return found.get("initErrors") or []

    def outputs_of(self, name: str) -> Mapping[str, Any]:
        """The outputs of a resource."""
        (found,) = (each for each in resources(self.stack.peek()) if each["urn"].endswith(f"::{name}"))
        return found["outputs"]

    def has_converged(self) -> bool:
        """Whether nothing is left of what happened; says in the failure what is."""
        export = self.stack.peek()
        assert unlike(export, self.reference) == []
        assert astray(export, self.stack.living()) == []
        return True

    def is_gone(self) -> bool:
        """Whether a destroy has left nothing in the state and nothing in the account."""
        export = self.stack.peek()
        assert resources(export) == []
        assert pending(export) == []
        assert self.stack.living() == []
        return True
