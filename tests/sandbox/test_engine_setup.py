"""Where the engine comes from, without any network: releases from a server on this machine, builds not at all."""

import hashlib
import io
import os
import signal
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sandbox import cache, engine
from sandbox.engine import build, download
from sandbox.errors import SandboxError
from sandbox.progress import Progress

ROOT = Path(__file__).resolve().parents[2]
SAYS_ITS_VERSION = f"#!/bin/sh\necho v{engine.VERSION}\n"


def command(place: Path, name: str, text: str) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    path = place / name
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def publisher(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A server on loopback that has a release as its publisher lays it out."""
    place = tmp_path / "published"
    names = [f"pulumi-v{engine.VERSION}-{s}-{m}.tar.gz" for s in ("linux", "darwin") for m in ("x64", "arm64")]
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name in ("pulumi", engine.LANGUAGE_HOST):
            member = tarfile.TarInfo(f"pulumi/{name}")
            member.size, member.mode = len(SAYS_ITS_VERSION), 0o755
            archive.addfile(member, io.BytesIO(SAYS_ITS_VERSION.encode()))
    sums = place / f"v{engine.VERSION}"
    sums.mkdir(parents=True)
    digest = hashlib.sha256(packed.getvalue()).hexdigest()
    listed = "".join(f"{digest}  {name}\n" for name in names)
    (sums / f"pulumi-{engine.VERSION}-checksums.txt").write_text(listed)
    for name in names:
        (place / name).write_bytes(packed.getvalue())

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(place))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", place
        server.shutdown()
        thread.join()


def test_a_supported_pulumi_on_path_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = command(tmp_path / "old", "pulumi", "#!/bin/sh\necho v3.100.0\n")
    new = command(tmp_path / "new", "pulumi", "#!/bin/sh\necho v3.300.1\n")
    monkeypatch.setenv("PATH", os.pathsep.join([str(old.parent), str(new.parent), os.environ["PATH"]]))
    found = engine.find(leave_out=tmp_path)
    assert found
    assert (found.pulumi, found.version, found.origin) == (new, "3.300.1", "on PATH")


def test_the_sandboxes_own_command_is_not_taken_for_the_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = command(tmp_path / "bin", "pulumi", SAYS_ITS_VERSION)
    monkeypatch.setenv("PATH", f"{ours.parent}{os.pathsep}/usr/bin")
    assert engine.on_path(leave_out=ours.parent) is None


def test_a_script_around_the_sandbox_is_not_taken_for_the_engine_and_asks_nobody_in_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    around = command(tmp_path / "bin", "pulumi", f'#!/bin/sh\nexec {sys.executable} -m sandbox -- pulumi "$@"\n')
    monkeypatch.setenv("PATH", f"{around.parent}{os.pathsep}/usr/bin")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    assert engine.on_path(leave_out=tmp_path / "elsewhere") is None


@pytest.mark.parametrize(
    ("version", "supported"),
    [
        ("3.258.9", False),
        ("3.259.0", True),
        ("3.272.0", True),
        ("3.300.0-alpha.1", True),
        ("4.0.0", False),
        ("x", False),
    ],
)
def test_versions_from_the_oldest_tried_to_the_next_major_are_supported(version: str, supported: bool) -> None:
    assert engine.is_supported(version) is supported


def test_the_official_release_is_verified_unpacked_and_brings_its_language_host(
    publisher: tuple[str, Path], tmp_path: Path
) -> None:
    base, _ = publisher
    place = tmp_path / "place"
    place.mkdir()
    said = download.official_release(engine.VERSION, place, Progress(), archives=base, checksums=base)
    assert said == ""
    assert engine.version_of(place / "pulumi") == engine.VERSION
    assert sorted(path.name for path in place.iterdir()) == ["pulumi", engine.LANGUAGE_HOST]


def test_a_release_that_is_not_what_its_publisher_lists_is_refused(publisher: tuple[str, Path], tmp_path: Path) -> None:
    base, published = publisher
    for archive in published.glob("*.tar.gz"):
        archive.write_bytes(archive.read_bytes() + b"more")
    with pytest.raises(SandboxError, match="its publisher lists"):
        download.official_release(engine.VERSION, tmp_path, Progress(), archives=base, checksums=base)


def test_without_the_internet_the_release_is_passed_over_with_a_reason(tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9"
    said = download.official_release(engine.VERSION, tmp_path, Progress(), archives=nowhere, checksums=nowhere)
    assert "cannot be fetched" in said
    assert list(tmp_path.iterdir()) == []


def test_without_go_and_without_any_network_one_sentence_says_what_to_install(tmp_path: Path) -> None:
    bare = command(tmp_path / "bin", "sh", '#!/bin/sh\nexec /bin/sh "$@"\n').parent
    done = subprocess.run(
        [sys.executable, "-m", "sandbox", "--", "pulumi", "version"],
        cwd=ROOT,
        env={
            "PATH": str(bare),
            "HOME": str(tmp_path),
            "STARTUP_PLATFORM_SANDBOX": str(tmp_path / "sandbox"),
            cache.VARIABLE: str(tmp_path / "cache"),
            "https_proxy": "http://127.0.0.1:9",
            "PIP_NO_INDEX": "1",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    said = done.stderr.splitlines()[-1]
    assert said.startswith("sandbox: no Pulumi engine, and no way to make one")
    assert "https://www.pulumi.com/docs/install/" in said
    assert list((tmp_path / "cache" / "engine").glob("making-*")) == []


def test_a_go_that_is_too_old_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = command(tmp_path, "go", "#!/bin/sh\necho go1.19.1\n").parent
    monkeypatch.setenv("PATH", f"{place}{os.pathsep}/usr/bin{os.pathsep}/bin")
    assert build.go_on_path() is None
    command(tmp_path, "go", "#!/bin/sh\necho go1.99\n")
    assert build.go_on_path() == place / "go"


MAKES_AN_ENGINE_SLOWLY = """
import pathlib, sys, time
from sandbox import engine
from sandbox.engine import build
from sandbox.progress import Progress

def slowly(version, into, progress):
    with open(sys.argv[1], "a") as made:
        made.write("made\\n")
    time.sleep(float(sys.argv[2]))
    (into / "pulumi").write_text("#!/bin/sh\\necho v" + version + "\\n")
    (into / "pulumi").chmod(0o755)

engine.download.official_release = lambda *_: "no internet"
engine.build.from_go_modules = slowly
print(engine.ensure(Progress(), leave_out=pathlib.Path("/nowhere")).pulumi)
"""


def making(tmp_path: Path, seconds: float) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", MAKES_AN_ENGINE_SLOWLY, str(tmp_path / "made"), str(seconds)],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", cache.VARIABLE: str(tmp_path / "cache")},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def test_two_runs_that_race_make_the_engine_once(tmp_path: Path) -> None:
    runs = [making(tmp_path, 1.5) for _ in range(3)]
    found = {run.communicate(timeout=60)[0] for run in runs}
    assert len(found) == 1
    assert all(run.returncode == 0 for run in runs)
    assert (tmp_path / "made").read_text() == "made\n"


def test_a_run_that_is_killed_half_way_leaves_nothing_to_trip_over(tmp_path: Path) -> None:
    killed = making(tmp_path, 60)
    while not (tmp_path / "made").exists():
        time.sleep(0.05)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert list((tmp_path / "cache" / "engine").glob("making-*"))
    next_run = making(tmp_path, 0)
    found, _ = next_run.communicate(timeout=60)
    assert next_run.returncode == 0
    assert Path(found.strip()).exists()
    assert list((tmp_path / "cache" / "engine").glob("making-*")) == []
