"""Opens a session and holds it: the API call is boto3's, and what carries the bytes is AWS's session-manager-plugin."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from typing import Any

from ops.connect.errors import ConnectError, told
from ops.connect.finding import Way

PLUGIN = "session-manager-plugin"
# From then on the plugin takes a session's token from its environment, which nobody else reads, as the AWS CLI does.
SINCE = (1, 2, 497)
TOKEN_VARIABLE = "AWS_SSM_START_SESSION_RESPONSE"  # noqa: S105 (a name)
PAGE = "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html"


def plugin() -> str:
    """The plugin's path, or how to get it."""
    found = shutil.which(PLUGIN)
    if found is None:
        raise ConnectError(f"{PLUGIN} is not on the PATH; AWS says how to install it: {PAGE}")
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    try:
        version = tuple(int(each) for each in said.split(".")[:3])
    except ValueError:
        version = ()
    if version < SINCE:
        wanted = ".".join(map(str, SINCE))
        raise ConnectError(f"{PLUGIN} is of version {said or 'unknown'}; it takes {wanted} or newer: {PAGE}")
    return found


def hold(session: Any, way: Way, *, port: int, seconds: float, environment: Mapping[str, str]) -> int:
    """Forward until the plugin ends, the time is up or somebody presses Ctrl-C; the session is ended in AWS too."""
    path = plugin()
    ssm = session.client("ssm", region_name=way.scope.region)
    asked = {
        "Target": way.relay,
        "DocumentName": way.document,
        "Parameters": {"localPortNumber": [str(port)]},
    }
    refused = {
        "TargetNotConnected": f"{way.relay} no longer answers Systems Manager: try again, another may",
        "InvalidDocument": f"there is no document {way.document}: the stage is older than its contract; `up` makes it",
    }
    with told(f"start a session by {way.document}", otherwise=refused):
        opened = ssm.start_session(Target=way.relay, DocumentName=way.document, Parameters=asked["Parameters"])
    answer = {key: opened[key] for key in ("SessionId", "TokenValue", "StreamUrl")}
    command = [
        path,
        TOKEN_VARIABLE,
        way.scope.region,
        "StartSession",
        session.profile_name if session.profile_name != "default" else "",
        json.dumps(asked),
        ssm.meta.endpoint_url,
    ]
    # Ctrl-C reaches the plugin as well, which ends by it; whoever waits for it must not go first.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        # The child must not inherit that it is ignored.
        running = subprocess.Popen(
            command,
            env={**environment, TOKEN_VARIABLE: json.dumps(answer)},
            preexec_fn=_listens_to_ctrl_c if os.name == "posix" else None,  # noqa: PLW1509 (no threads here)
        )
        try:
            return running.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            running.terminate()
            running.wait()
            return 0
    finally:
        signal.signal(signal.SIGINT, before)
        with told(f"end the session {opened['SessionId']}"):
            ssm.terminate_session(SessionId=opened["SessionId"])


def _listens_to_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
