"""The stack: made once, in our bucket, with our key for what is secret in it.

The secrets provider is chosen when a stack is made. Made without it, Pulumi would ask for a passphrase that then has to
be handed to every workflow.
"""

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bootstrap.aws import Aws, unless
from bootstrap.errors import BootstrapError
from bootstrap.names import Names
from bootstrap.plan import Lack, Step
from components.naming import PROJECT

Run = Callable[[Sequence[str], Mapping[str, str]], int]


def run(command: Sequence[str], more: Mapping[str, str]) -> int:
    """Run a command with more in its environment; what it says is seen."""
    return subprocess.run(list(command), env={**os.environ, **more}, check=False).returncode


@dataclass(frozen=True, kw_only=True)
class Stack:
    """The stack of a stage in the state bucket."""

    aws: Aws
    names: Names
    project: Path
    profile: str | None = None
    run: Run = run

    def step(self) -> Step:
        """The stack as it should be."""
        return Step(
            title=f"stack {self.names.scope.stage}",
            look=self.look,
            undo=f"pulumi destroy --stack {self.names.scope.stage} && pulumi stack rm {self.names.scope.stage}",
            ask=self.ask,
        )

    def exists(self) -> bool:
        """Whether its state is in the bucket."""
        key = f".pulumi/stacks/{PROJECT}/{self.names.scope.stage}.json"
        listed = unless(
            lambda: self.aws.client("s3").list_objects_v2(Bucket=self.names.state_bucket, Prefix=key),
            "NoSuchBucket",
            otherwise={},
        )
        return key in [each["Key"] for each in listed.get("Contents", [])]

    def commands(self) -> list[list[str]]:
        """What makes it, as a person would type it."""
        return [
            ["pulumi", "login", self.backend],
            ["pulumi", "stack", "init", self.names.scope.stage, "--secrets-provider", self.names.secrets_provider],
        ]

    @property
    def backend(self) -> str:
        """Where Pulumi finds the bucket; another endpoint than AWS's has no bucket in its host name."""
        endpoint: Any = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
        return f"{self.names.backend}&endpoint={endpoint}&s3ForcePathStyle=true" if endpoint else self.names.backend

    def look(self) -> Sequence[Lack]:
        """Whether there is none."""
        if self.exists():
            return []
        return [Lack(say=" && ".join(shlex.join(each) for each in self.commands()), do=self._make)]

    def ask(self) -> Sequence[str]:
        """What has to be committed, once it is there."""
        path = self.project / f"Pulumi.{self.names.scope.stage}.yaml"
        if not self.exists() or "\nencryptedkey:" in f"\n{path.read_text(encoding='utf-8')}":
            return []
        return [f"commit {path.name} as `pulumi stack init` left it: without its encryptedkey nobody reads the secrets"]

    def _make(self) -> None:
        if shutil.which("pulumi") is None:
            raise BootstrapError(
                "there is no pulumi on PATH; install it (https://www.pulumi.com/docs/install), or type: "
                + " && ".join(shlex.join(each) for each in self.commands())
            )
        more = {"PULUMI_BACKEND_URL": self.backend} | ({"AWS_PROFILE": self.profile} if self.profile else {})
        *_, init = self.commands()
        if self.run([*init, "--cwd", str(self.project), "--non-interactive"], more) != 0:
            raise BootstrapError(f"{shlex.join(init)}: failed, as it says above; run this again then")


def holders(aws: Aws, names: Names) -> list[str]:
    """Who holds the stack's lock: a sentence for each file that Pulumi wrote as one."""
    client: Any = aws.client("s3")
    prefix = f".pulumi/locks/organization/{PROJECT}/{names.scope.stage}/"
    listed = unless(
        lambda: client.list_objects_v2(Bucket=names.state_bucket, Prefix=prefix), "NoSuchBucket", otherwise={}
    )
    said: list[str] = []
    for each in listed.get("Contents", []):
        found = unless(lambda each=each: client.get_object(Bucket=names.state_bucket, Key=each["Key"]), "NoSuchKey")
        if found is not None:
            said.append(_holder(found["Body"].read()))
    return said


def _holder(content: bytes) -> str:
    lock: Any = json.loads(content)
    return f"{lock['username']} on {lock['hostname']}, process {lock['pid']}, since {lock['timestamp']}"
