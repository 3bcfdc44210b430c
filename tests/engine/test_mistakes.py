"""A user's mistake: one sentence with what to do, exit code not 0, no trace, nothing half written."""

import shutil
import socket
from pathlib import Path

import pytest

from tests.engine.conftest import ROOT, Project, Sandbox

pytestmark = pytest.mark.engine


def one_sentence(text: str) -> str:
    """What the sandbox said beyond its notice."""
    assert "Traceback" not in text
    lines = [line for line in text.splitlines() if line.startswith("sandbox: ") and "a local stand-in" not in line]
    assert len(lines) == 1, text
    return lines[0]


def test_an_unknown_stage_is_named_with_those_there_are(sandbox: Sandbox) -> None:
    done = sandbox.pulumi("preview", "-s", "qa")
    assert done.returncode == 1
    said = one_sentence(done.stderr)
    assert said == "sandbox: there is no stage 'qa': Pulumi.qa.yaml does not exist; stages here: dev, prod, stg"


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"])
def test_real_credentials_in_the_environment_are_refused_without_being_shown(sandbox: Sandbox, name: str) -> None:
    for command in (["--", "pulumi", "preview", "-s", "dev"], ["env"]):
        done = sandbox.run(*command, env={name: "AKIAREALLYSECRET"})
        assert done.returncode == 1
        said = one_sentence(done.stderr)
        assert f"{name} is set" in said
        assert "AKIAREALLYSECRET" not in done.stdout + done.stderr
    assert not (sandbox.home / "state").exists()


def platform_with(tmp_path: Path, old: str, new: str) -> Path:
    """A copy of the platform's program with one line of Pulumi.stg.yaml changed."""
    place = tmp_path / "platform"
    place.mkdir()
    for name in ("__main__.py", "Pulumi.yaml", "Pulumi.stg.yaml"):
        shutil.copy(ROOT / name, place)
    (place / ".venv").symlink_to(ROOT / ".venv")
    (place / "components").symlink_to(ROOT / "components")
    stage = place / "Pulumi.stg.yaml"
    assert old in stage.read_text()
    stage.write_text(stage.read_text().replace(old, new))
    return place


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "cidr: 10.20.0.0/16",
            "cidr: 10.20.0.0/20",
            'Pulumi.stg.yaml: startup-platform:network.cidr = "10.20.0.0/20" is not a /16 (requirement REQ-E3)',
        ),
        (
            "  startup-platform:owner: platform-team\n",
            "",
            "Pulumi.stg.yaml: startup-platform:owner is missing",
        ),
        (
            "startup-platform:owner:",
            "startup-platform:ower:",
            "Pulumi.stg.yaml: startup-platform:ower is no setting; did you mean owner?",
        ),
    ],
)
def test_a_wrong_stage_file_stops_before_anything_is_registered(
    sandbox: Sandbox, tmp_path: Path, old: str, new: str, said: str
) -> None:
    done = sandbox.pulumi("preview", "-s", "stg", cwd=platform_with(tmp_path, old, new))
    assert done.returncode != 0
    assert said in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert "aws:" not in done.stdout.replace("aws:region", "")
    assert "to create" not in done.stdout.replace("+ 1 to create", "")  # the stack itself


def test_a_stage_file_that_is_no_yaml_is_named_with_its_line(sandbox: Sandbox, tmp_path: Path) -> None:
    place = platform_with(tmp_path, "config:", "config: [")
    done = sandbox.pulumi("preview", "-s", "stg", cwd=place)
    assert done.returncode == 1
    assert one_sentence(done.stderr).startswith("sandbox: Pulumi.stg.yaml, line ")


def test_a_folder_without_a_project_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    done = sandbox.pulumi("preview", "-s", "dev", cwd=tmp_path)
    assert done.returncode == 1
    assert "no Pulumi.yaml in" in one_sentence(done.stderr)


def test_a_cache_that_cannot_be_written_is_named_with_the_way_out(project: Project, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    project.program("")
    done = project.pulumi("preview", "-s", "dev", env={"STARTUP_PLATFORM_CACHE": str(tmp_path / "file" / "cache")})
    assert done.returncode == 1
    said = one_sentence(done.stderr)
    assert "cannot be written" in said
    assert "STARTUP_PLATFORM_CACHE" in said


def test_a_state_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = Sandbox(home=tmp_path / "file" / "home").pulumi("preview", "-s", "dev")
    assert done.returncode == 1
    assert "cannot be written" in one_sentence(done.stderr)


def test_out_that_cannot_be_written_is_refused_before_the_run(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = sandbox.run("--out", str(tmp_path / "file" / "x.json"), "--", "pulumi", "preview", "-s", "dev")
    assert done.returncode == 1
    assert "cannot be written" in one_sentence(done.stderr)
    assert "Previewing" not in done.stdout


def test_out_goes_with_preview_only(sandbox: Sandbox, tmp_path: Path) -> None:
    done = sandbox.run("--out", str(tmp_path / "x.json"), "--", "pulumi", "up", "-s", "dev")
    assert done.returncode == 1
    assert "--out goes with `pulumi preview`" in one_sentence(done.stderr)


def test_a_port_that_is_taken_is_named(sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = sandbox.run("--port", str(port), "--", "pulumi", "preview", "-s", "dev")
    assert done.returncode == 1
    assert str(port) in one_sentence(done.stderr)


def test_only_pulumi_runs_in_the_sandbox(sandbox: Sandbox) -> None:
    done = sandbox.run("--", "terraform", "plan")
    assert done.returncode == 1
    assert "after -- comes pulumi" in one_sentence(done.stderr)


def test_a_project_whose_virtualenv_is_missing_is_told_so(project: Project) -> None:
    (project.place / "Pulumi.yaml").write_text(
        "name: small\nruntime:\n  name: python\n  options:\n    virtualenv: nowhere\n"
    )
    done = project.program("").pulumi("preview", "-s", "dev")
    assert done.returncode != 0
    assert "names the virtualenv nowhere, where there is no bin/python" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_program_that_fails_shows_its_own_frames_and_not_ours(project: Project) -> None:
    done = project.program("def broken():\n    raise KeyError('mine')\nbroken()\n").pulumi("preview", "-s", "dev")
    assert done.returncode != 0
    assert "KeyError: 'mine'" in done.stdout
    assert "__main__.py" in done.stdout
    assert "runner.py" not in done.stdout


def test_no_command_in_the_sandbox_changes_a_stage_file(project: Project) -> None:
    stage = project.place / "Pulumi.dev.yaml"
    before = stage.read_text()
    project.program("")
    for command in (
        ("stack", "init", "dev"),
        ("stack", "init", "qa"),
        ("stack", "select", "dev"),
        ("config", "set", "--secret", "token", "hunter2", "-s", "dev"),
        ("config", "set", "up", "3", "-s", "dev"),
        ("preview",),
        ("up", "--yes"),
        ("preview", "-c", "small:name=value"),
    ):
        done = project.pulumi(*command)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        assert stage.read_text() == before, command
        assert sorted(path.name for path in project.place.glob("Pulumi.*.yaml")) == ["Pulumi.dev.yaml"], command


def test_a_secret_of_a_real_stage_is_neither_read_nor_kept(project: Project) -> None:
    stage = project.place / "Pulumi.dev.yaml"
    real = (
        "secretsprovider: awskms://alias/real?region=ap-northeast-2\nencryptedkey: QUJD\n"
        "config:\n  small:token:\n    secure: v1:abc:def\n  small:name: plain\n"
    )
    stage.write_text(real)
    done = project.program(
        """
        config = pulumi.Config()
        pulumi.export("name", config.require("name"))
        pulumi.export("token", config.require("token"))
        """
    ).pulumi("up", "-s", "dev", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"plain"' in done.stdout
    assert "sandbox-stands-in-for-this-secret" in done.stdout
    assert stage.read_text() == real
