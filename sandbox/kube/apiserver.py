"""The real kube-apiserver over etcd, for one stack and one run: started when first needed, ended with the run.

With it run kube-controller-manager's namespace and garbage collectors, so that deletion is real. No other controller
does: no pod is scheduled, nothing becomes ready. Everything listens on 127.0.0.1 alone.
"""

import contextlib
import json
import os
import secrets
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from typing import IO, Any

from sandbox.errors import SandboxError

HOST = "127.0.0.1"
BINARIES = ("etcd", "kube-apiserver", "kube-controller-manager")
_START_SECONDS = 90  # measured 4; a busy machine takes longer
_EVERY_SECONDS = 0.2
_CONTROLLERS = "namespace-controller,garbage-collector-controller"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the API server said."""

    status: int
    body: dict[str, Any]

    @property
    def message(self) -> str:
        """Its own sentence."""
        return str(self.body.get("message") or f"status {self.status}")


class ApiServer:
    """Starts with the first call. Safe to use from several threads."""

    def __init__(self, binaries: Path, data: Path) -> None:
        self._binaries = binaries
        self._data = data
        self._lock = threading.Lock()
        self._port = 0
        self._token = secrets.token_hex(16)
        self._context: ssl.SSLContext | None = None
        self._running: list[subprocess.Popen[bytes]] = []
        self._has_ended = False

    def call(
        self, method: str, path: str, body: Any = None, kind: str = "application/json", *, group: str = ""
    ) -> Answer:
        """One request, with a cluster administrator's rights; with a group, with that group's alone.

        Raises:
            SandboxError: the API server cannot be started, or does not answer, or the run has ended.
        """
        with self._lock:
            if self._has_ended:  # what an engine asked before it was lost would start one that nobody ends
                raise SandboxError("the run has ended, and the sandbox's API server with it")
            if not self._port:
                self._start()
        try:
            return self._request(method, path, body, kind, group)
        except (OSError, HTTPException) as problem:
            log = self._log_of("kube-apiserver")
            raise SandboxError(f"the sandbox's API server does not answer ({problem}); its log: {log}") from None

    def stop(self) -> None:
        """End its processes, the API server before what it stores into; it starts no more."""
        with self._lock:
            self._has_ended = True
            for process in reversed(self._running):
                process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=5)
                process.kill()
                process.wait()
            self._running.clear()
            self._port = 0

    def _request(self, method: str, path: str, body: Any, kind: str, group: str = "") -> Answer:
        connection = HTTPSConnection(HOST, self._port, context=self._context, timeout=60)
        try:
            text = None if body is None else json.dumps(body)
            headers = {"Authorization": f"Bearer {self._token}", "Content-Type": kind, "Accept": "application/json"}
            if group:
                headers |= {"Impersonate-User": "somebody", "Impersonate-Group": group}
            connection.request(method, path, body=text, headers=headers)
            response = connection.getresponse()
            said = response.read()
        finally:
            connection.close()
        try:
            found = json.loads(said or b"{}")
        except ValueError:
            found = {"message": said.decode(errors="replace")}
        return Answer(status=response.status, body=found)

    def _start(self) -> None:
        self._data.mkdir(parents=True, exist_ok=True)
        etcd, peer, port = _free_ports(3)
        client = f"http://{HOST}:{etcd}"
        certificates = self._data / "certificates"
        store = self._data / "etcd"
        (self._data / "tokens.csv").write_text(f"{self._token},sandbox,sandbox,system:masters\n")
        self._run(
            "etcd",
            [
                f"--data-dir={store}",
                f"--listen-client-urls={client}",
                f"--advertise-client-urls={client}",
                f"--listen-peer-urls=https://{HOST}:{peer}",
                "--peer-auto-tls",  # makes a key, which then signs service account tokens, too
                "--unsafe-no-fsync",
                "--log-level=warn",
            ],
        )
        self._wait("etcd", lambda: _listens(etcd) and any(store.glob("fixtures/peer/key.pem")))
        key = next(store.glob("fixtures/peer/key.pem"))
        shutil.rmtree(certificates, ignore_errors=True)
        self._run(
            "kube-apiserver",
            [
                f"--etcd-servers={client}",
                f"--bind-address={HOST}",
                f"--advertise-address={HOST}",
                f"--secure-port={port}",
                f"--cert-dir={certificates}",
                f"--token-auth-file={self._data / 'tokens.csv'}",
                "--authorization-mode=RBAC",
                "--anonymous-auth=false",
                "--service-account-issuer=https://sandbox.invalid",
                f"--service-account-key-file={key}",
                f"--service-account-signing-key-file={key}",
                "--service-cluster-ip-range=10.100.0.0/16",
                "--disable-admission-plugins=ServiceAccount",
                "--endpoint-reconciler-type=none",
                "--allow-privileged=true",
            ],
        )
        self._port = port
        try:
            self._wait("kube-apiserver", lambda: self._is_ready(certificates / "apiserver.crt"))
        except SandboxError:
            self._port = 0
            raise
        self._run(
            "kube-controller-manager",
            [
                f"--kubeconfig={self._kubeconfig(certificates / 'apiserver.crt')}",
                f"--controllers={_CONTROLLERS}",
                "--leader-elect=false",
                "--secure-port=0",
                "--concurrent-namespace-syncs=4",
            ],
        )

    def _is_ready(self, certificate: Path) -> bool:
        if not certificate.exists():
            return False
        with contextlib.suppress(OSError, HTTPException, ssl.SSLError):
            self._context = ssl.create_default_context(cafile=str(certificate))
            return self._request("GET", "/readyz", None, "application/json").status == 200
        return False

    def _kubeconfig(self, certificate: Path) -> Path:
        """Also what `kubectl --kubeconfig` takes while the run lasts."""
        place = self._data / "kubeconfig"
        cluster = {"server": f"https://{HOST}:{self._port}", "certificate-authority": str(certificate.resolve())}
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "sandbox", "cluster": cluster}],
            "users": [{"name": "sandbox", "user": {"token": self._token}}],
            "contexts": [{"name": "sandbox", "context": {"cluster": "sandbox", "user": "sandbox"}}],
            "current-context": "sandbox",
        }
        place.touch(mode=0o600)
        place.write_text(json.dumps(document))
        return place

    def _run(self, name: str, flags: Sequence[str]) -> None:
        with self._log_of(name).open("wb") as log:
            process = _started([str(self._binaries / name), *flags], log, os.environ)
        self._running.append(process)

    def _log_of(self, name: str) -> Path:
        return self._data / f"{name}.log"

    def _wait(self, name: str, is_ready: Any) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not is_ready():
            ended = self._running[-1].poll() is not None
            if ended or time.monotonic() > deadline:
                last = self._log_of(name).read_text(errors="replace").splitlines()[-1:]
                said = last[0][:300] if last else "it said nothing"
                raise SandboxError(
                    f"the sandbox's {name} {'ended' if ended else 'is not ready'}: {said} (another run of this stack? "
                    f"all of its log: {self._log_of(name)})"
                )
            time.sleep(_EVERY_SECONDS)


def _started(command: Sequence[str], log: IO[bytes], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    # In a session of its own: Ctrl-C is for the engine, which still needs the cluster to cancel in good order.
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=dict(environment), start_new_session=True
    )


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in sockets]


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
        return True
    return False
