"""From changed files to stacks and services, with the reason of each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import yaml

from ops.affected.imports import reached, referenced_projects

# What a stack is installed from and judged by, whatever its program imports.
FOR_ALL = ("requirements.lock", "requirements.txt")
PACK = "policy"
# What a service sees of its platform when nobody has an account: it changes with whatever the platform tells services.
CONTRACT = "services/contract.fixture.json"
READS_CONTRACT = "components/service/contract.py"
CHART = "k8s/charts/service"
SERVICES = "services"
NEVER = (".md",)  # for people; nothing is made of it
# Folders whose Pulumi projects are no stack of ours: material for tests, and skeletons.
NOT_OURS = ("templates", "tests", ".git", ".venv", ".sandbox")


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack that a change touches, and the files or stacks because of which."""

    project: str  # its folder, "." for the platform
    name: str
    because: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service that a change touches, and the stages in which it runs."""

    name: str
    stages: tuple[str, ...]
    because: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Affected:
    """Everything that a change touches."""

    stacks: tuple[Stack, ...]
    services: tuple[Service, ...]


@dataclass(frozen=True, kw_only=True)
class Project:
    """A Pulumi project of the repository.

    Attributes:
        folder: relative to the top; "." is the platform.
        stages: the stacks that have a file.
        files: what its program imports, relative to the top.
        reads: the projects whose outputs it reads.
    """

    folder: str
    name: str
    stages: tuple[str, ...]
    files: frozenset[str]
    reads: frozenset[str] = field(default_factory=frozenset)


def projects(top: Path) -> list[Project]:
    """The repository's own Pulumi projects, the platform first."""
    found: list[Project] = []
    below = sorted(each for each in top.iterdir() if each.is_dir() and each.name not in NOT_OURS)
    files = [top / "Pulumi.yaml", *(file for each in below for file in sorted(each.rglob("Pulumi.yaml")))]
    for file in (each for each in files if each.exists()):
        folder = file.parent.relative_to(top)
        about: dict[str, object] = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        inside = reached(file.parent / "__main__.py", [file.parent, top])
        found.append(
            Project(
                folder=folder.as_posix(),
                name=str(about.get("name", "")),
                stages=tuple(sorted(each.name.split(".")[1] for each in file.parent.glob("Pulumi.*.yaml"))),
                files=frozenset(each.relative_to(top).as_posix() for each in inside),
                reads=frozenset(name for each in inside for name in referenced_projects(each)),
            )
        )
    return found


def affected(top: Path, changed: Iterable[str]) -> Affected:
    """What the changed files touch; paths are relative to the top, deleted ones too."""
    files = sorted(each for each in changed if not each.endswith(NEVER))
    known = projects(top)
    because: dict[tuple[str, str], list[str]] = {}
    for project in known:
        for stage in project.stages:
            if found := [file for file in files if touches(file, project, stage, is_gone=not (top / file).exists())]:
                because[project.folder, stage] = found
    _with_dependants(known, because)
    stacks = [
        Stack(project=project.folder, name=stage, because=tuple(because[project.folder, stage]))
        for project in known
        for stage in project.stages
        if (project.folder, stage) in because
    ]
    return Affected(stacks=tuple(stacks), services=tuple(_services(top, files)))


def touches(file: str, project: Project, stage: str, *, is_gone: bool = False) -> bool:
    """Whether a changed file may change what a stack is; of one that is gone, nobody knows who imported it."""
    path, home = PurePosixPath(file), PurePosixPath(project.folder)
    if path.parent == home and path.name.startswith("Pulumi."):
        # Another stage's file is read only to see that networks do not overlap, which that stage's own preview tells.
        return path.name in ("Pulumi.yaml", f"Pulumi.{stage}.yaml")
    if file in FOR_ALL or path.parts[0] == PACK:
        return True
    if file == CONTRACT and READS_CONTRACT in project.files:
        return True
    if path.suffix == ".py" and not is_gone:
        return file in project.files
    # What is no Python is read by a package that it lies in.
    packages = {PurePosixPath(each).parent for each in project.files if each.endswith("/__init__.py")}
    inside_project = project.folder != "." and path.is_relative_to(home)
    return inside_project or any(each in packages for each in path.parents)


def _with_dependants(known: Sequence[Project], because: dict[tuple[str, str], list[str]]) -> None:
    """Add the stacks that read the outputs of one that is touched, until there are no more."""
    by_name = {project.name: project for project in known}
    more = True
    while more:
        more = False
        for project in known:
            for read in sorted(project.reads & by_name.keys()):
                source = by_name[read]
                touched = {stage for folder, stage in because if folder == source.folder}
                for stage in project.stages:
                    # Stacks of one stage belong together; where stages are named otherwise, nobody knows which.
                    concerns = stage in touched if stage in source.stages else bool(touched)
                    if concerns and (project.folder, stage) not in because and source is not project:
                        because[project.folder, stage] = [f"reads {read}"]
                        more = True


def _services(top: Path, files: Sequence[str]) -> Iterable[Service]:
    for name, stages in _deployed(top).items():
        said: dict[str, list[str]] = {}
        for file in files:
            parts = PurePosixPath(file).parts
            if parts[:2] == (SERVICES, name):
                only = PurePosixPath(file).stem if parts[2:3] == ("deploy",) else None
                for stage in [only] if only else stages:
                    said.setdefault(stage, []).append(file)
            elif file.startswith(f"{CHART}/"):
                for stage in stages:
                    said.setdefault(stage, []).append(file)
        if said:
            reasons = dict.fromkeys(file for each in said.values() for file in each)
            yield Service(name=name, stages=tuple(sorted(said)), because=tuple(reasons))


def _deployed(top: Path) -> Mapping[str, list[str]]:
    """Each service with the stages that it has values for; one that is deleted altogether is silent."""
    place = top / SERVICES
    there = sorted(each for each in place.iterdir() if each.is_dir()) if place.is_dir() else []
    return {each.name: sorted(file.stem for file in (each / "deploy").glob("*.yaml")) for each in there}
