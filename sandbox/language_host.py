"""A Python language host over the SDK's own protocol definitions, for an engine that came without the official one.

It does what the engine asks of a Python project and its policy packs (Handshake, GetRequiredPackages, GetPluginInfo,
Run, RunPlugin, InstallDependencies) and nothing else: it installs nothing and generates no code. Plugins are
never required through it, since the sandbox attaches its own.
https://github.com/pulumi/pulumi/blob/master/proto/pulumi/language.proto
"""
# The protocol's generated code carries no types that a checker could follow through grpc.
# pyright: reportUnknownMemberType=false, reportUnknownParameterType=false, reportUntypedBaseClass=false
# pyright: reportMissingParameterType=false, reportIncompatibleMethodOverride=false, reportUnknownLambdaType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import nullcontext
from pathlib import Path
from typing import IO

import grpc
from google.protobuf import json_format

from sandbox.follow import end_with_parent
from sandbox.launch import REASON_SHOWN, command
from sandbox.protocol import language_pb2 as language
from sandbox.protocol import language_pb2_grpc, plugin_pb2

VERSION = "3.259.0"  # of the protocol spoken here: the engine's own
NO_SIZE_LIMIT = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Starts programs and packs; ends whatever still runs when the engine is done with it."""

    def __init__(self, engine_address: str) -> None:
        self._engine_address = engine_address
        self._running: set[subprocess.Popen[bytes]] = set()

    def Handshake(self, request, context) -> language.LanguageHandshakeResponse:
        return language.LanguageHandshakeResponse()

    def GetPluginInfo(self, request, context) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetRequiredPackages(self, request, context) -> language.GetRequiredPackagesResponse:
        return language.GetRequiredPackagesResponse()

    def Run(self, request: language.RunRequest, context: grpc.ServicerContext) -> language.RunResponse:
        settings = {
            "monitor": request.monitor_address,
            "engine": self._engine_address,
            "project": request.project,
            "stack": request.stack,
            "parallel": request.parallel,
            "dry_run": request.dryRun,
            "organization": request.organization,
            "root_directory": request.info.root_directory,
        }
        environment = {
            **os.environ,
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        entry_point = str(Path(request.info.program_directory) / request.info.entry_point)
        words = [*_runner(request.info, context), "program", json.dumps(settings), entry_point, *request.args]
        child = self._start(words, request.pwd, environment, None)
        code = child.wait()
        self._running.discard(child)
        if code == REASON_SHOWN:
            return language.RunResponse(bail=True)
        return language.RunResponse(error=f"Program exited with non-zero exit code: {code}" if code else "")

    def RunPlugin(
        self, request: language.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language.RunPluginResponse]:
        environment = dict(pair.split("=", 1) for pair in request.env) or dict(os.environ)
        program = Path(request.info.program_directory)
        if request.kind == "analyzer":
            plugin = ["module", "pulumi.policy", *request.args, str(program)]
        else:
            plugin = ["module", "pulumi.run.plugin", _package(program, context), *request.args]
            environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(program), environment.get("PYTHONPATH")]))
        words = [*_runner(request.info, context), *plugin]
        child = self._start(words, request.pwd, environment, subprocess.PIPE)
        context.add_callback(child.kill)
        yield from _output(child)
        self._running.discard(child)
        yield language.RunPluginResponse(exitcode=child.wait())

    def InstallDependencies(self, request, context) -> Iterator[language.InstallDependenciesResponse]:
        """Nothing: a package's own environment stands in its PulumiPlugin.yaml, and is there or is asked for."""
        yield from ()

    def _start(
        self, words: list[str], directory: str, environment: dict[str, str], output: int | None
    ) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(
            words, cwd=directory, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        self._running.add(child)
        return child

    def end_children(self) -> None:
        """Kill what is still running."""
        for child in list(self._running):
            child.kill()


def _runner(info: language.ProgramInfo, context: grpc.ServicerContext) -> list[str]:
    """The command that starts sandbox/runner.py in the Python that the project or pack names (`virtualenv` option)."""
    options = json_format.MessageToDict(info.options)
    virtual = options.get("virtualenv")
    python = Path(info.root_directory, str(virtual), "bin", "python") if virtual else Path(sys.executable)
    if not python.exists():
        sentence = f"{info.root_directory} names the virtualenv {virtual}, where there is no bin/python: make it first"
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, sentence)
    return command("sandbox.runner", "begin", python=python)


def _package(program: Path, context: grpc.ServicerContext) -> str:
    """The name of the Python package whose components a plugin gives, as the official host finds it."""
    project = program / "pyproject.toml"
    about = tomllib.loads(project.read_text(encoding="utf-8")) if project.exists() else {}
    if "build-system" not in about:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, f"{program} is no Python package with a [build-system]")
    return str(about["project"]["name"])


def _output(child: subprocess.Popen[bytes]) -> Iterator[language.RunPluginResponse]:
    """What a plugin prints, as it prints it: its first line is the port that the engine waits for."""
    said: queue.Queue[language.RunPluginResponse | None] = queue.Queue()

    def read(pipe: IO[bytes] | None, response: Callable[[bytes], language.RunPluginResponse]) -> None:
        with pipe or nullcontext():
            for chunk in iter(pipe.readline, b"") if pipe else ():
                said.put(response(chunk))
        said.put(None)

    for source in (
        (child.stdout, lambda chunk: language.RunPluginResponse(stdout=chunk)),
        (child.stderr, lambda chunk: language.RunPluginResponse(stderr=chunk)),
    ):
        threading.Thread(target=read, args=source, daemon=True).start()
    ended = 0
    while ended < 2:
        chunk = said.get()
        if chunk is None:
            ended += 1
        else:
            yield chunk


def main() -> None:
    """Serve until the engine says stop; the engine's address is the last argument."""
    host = LanguageHost(sys.argv[-1])
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=16), options=NO_SIZE_LIMIT)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda _number, _frame: stop.set())
    end_with_parent(host.end_children)
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    stop.wait()
    host.end_children()
    server.stop(grace=None)
