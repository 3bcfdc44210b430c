"""The files of a service: which there would be, and writing them; never over one that is there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pathspec
import yaml

from components.service.spec import FILE, Spec
from ops.errors import OpsError
from ops.newservice.template import SKELETON

CODE_OWNERS = ".github/CODEOWNERS"
SERVICES = "services"
# What the template makes for a place outside of the service's folder.
_ELSEWHERE: Mapping[str, str] = {"workflow.yml": ".github/workflows/service-{name}.yml"}


@dataclass(frozen=True, kw_only=True)
class Files:
    """Text by path below the repository's top: of files that are new, and of those that change."""

    new: Mapping[str, str]
    changed: Mapping[str, str] = field(default_factory=dict[str, str])

    def write(self, project: Path) -> None:
        """Write them; a file that came up meanwhile stops before any is written.

        Raises:
            OpsError: a new one is there.
        """
        for path in self.new:
            if (project / path).exists():
                raise OpsError(f"{path} is there already, and nothing is written over it")
        for path, text in {**self.new, **self.changed}.items():
            place = project / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")


def free_name(project: Path, name: str) -> None:
    """Whether nobody has the name.

    Raises:
        OpsError: a service has it.
    """
    if (project / SERVICES / name).exists():
        raise OpsError(
            f"NAME = {name}: services/{name} is there already; give another name, or bring it up to date with "
            f"make update-service SERVICE={name}"
        )
    if (project / placed("workflow.yml", name)).exists():
        raise OpsError(f"NAME = {name}: {placed('workflow.yml', name)} is there already; give another name")


def placed(path: str, name: str) -> str:
    """Where a file of the template is, below the repository's top."""
    return _ELSEWHERE.get(path, f"{SERVICES}/{name}/{path}").format(name=name)


def of_new(project: Path, spec: Spec, rendered: Mapping[str, str]) -> Files:
    """What a new service brings."""
    new = {placed(path, spec.name): text for path, text in rendered.items()}
    return Files(new=new, changed=_owners(project, spec))


def of_update(project: Path, spec: Spec, rendered: Mapping[str, str]) -> Files:
    """What the template has made otherwise since; the team's own is brought only where its folder is missing."""
    new: dict[str, str] = {}
    changed = _owners(project, spec)
    for path, text in rendered.items():
        place = project / placed(path, spec.name)
        if not place.exists():
            if not _was_taken_away(project, spec, path):
                new[placed(path, spec.name)] = text
        elif not is_of_the_team(project, path) and place.read_text(encoding="utf-8") != text:
            changed[placed(path, spec.name)] = text
    return Files(new=new, changed=changed)


def _was_taken_away(project: Path, spec: Spec, path: str) -> bool:
    """Whether a file is missing from a folder that is the team's own: a handler, a stage in which it does not run."""
    folder, below, _ = path.partition("/")
    return bool(below) and is_of_the_team(project, path) and (project / placed(folder, spec.name)).is_dir()


def is_of_the_team(project: Path, path: str) -> bool:
    """Whether a file of a service is its team's own once it is there (copier.yml says which)."""
    said = yaml.safe_load((project / SKELETON / "copier.yml").read_text(encoding="utf-8"))["_skip_if_exists"]
    return pathspec.PathSpec.from_lines("gitignore", said).match_file(path)


def _owners(project: Path, spec: Spec) -> dict[str, str]:
    """CODEOWNERS with the service's line, or nothing if it is there. The last that fits counts: it follows /services/.

    Raises:
        OpsError: no line of /services/ says whose organisation it is.
    """
    place = project / CODE_OWNERS
    lines = place.read_text(encoding="utf-8").splitlines() if place.exists() else []
    own = f"/{SERVICES}/{spec.name}/"
    begins = [index for index, line in enumerate(lines) if line.startswith(f"/{SERVICES}/")]
    owner = next((word for word in lines[begins[0]].split() if word.startswith("@")), "") if begins else ""
    if not owner:
        raise OpsError(
            f"{CODE_OWNERS} has no line of /{SERVICES}/ that names an owner, beside which the service's goes"
        )
    line = f"{own:<26} {owner.partition('/')[0]}/{spec.team}-team"
    there = [each for each in lines if each.split()[:1] == [own]]
    if there:
        wanted = [line if each in there else each for each in lines] if there != [line] else lines
    else:
        at = next((index for index in begins if lines[index].split()[0] > own), begins[-1] + 1)
        wanted = [*lines[:at], line, *lines[at:]]
    return {} if wanted == lines else {CODE_OWNERS: "\n".join(wanted) + "\n"}


def described(project: Path, name: str) -> str:
    """The description of a service that is there.

    Raises:
        OpsError: it has no Pulumi.yaml with one.
    """
    place = project / SERVICES / name / "Pulumi.yaml"
    try:
        return str(yaml.safe_load(place.read_text(encoding="utf-8"))["description"])
    except (OSError, KeyError, TypeError, yaml.YAMLError):
        raise OpsError(f"services/{name}/Pulumi.yaml has no description; give it one, beside {FILE}") from None
