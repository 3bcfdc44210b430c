"""The repository on GitHub whose workflows may act in AWS, as their tokens name it (REQ-S13). Pure."""

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, kw_only=True)
class Repository:
    """Whose workflows may act, as their tokens say it."""

    owner: str
    name: str
    owner_id: int
    repository_id: int
    by_number: bool

    @classmethod
    def of(cls, url: str, *, owner_id: int, repository_id: int, by_number: bool) -> "Repository | None":
        """From the address that ArgoCD reads; None where that is not on github.com."""
        parts = urlsplit(url)
        path = parts.path.strip("/").removesuffix(".git").split("/")
        if parts.hostname != "github.com" or len(path) != 2:
            return None
        return cls(owner=path[0], name=path[1], owner_id=owner_id, repository_id=repository_id, by_number=by_number)

    def subject(self, environment: str) -> str:
        """What `sub` is in the token of a job that runs in an environment of the repository.

        A name can be given up and taken by somebody else, a number cannot. Only one form is admitted, since the other
        one would be the weaker way in.
        """
        return f"{self.spelled}:environment:{environment}"

    @property
    def spelled(self) -> str:
        """The beginning of every `sub` of it."""
        if self.by_number:
            return f"repo:{self.owner}@{self.owner_id}/{self.name}@{self.repository_id}"
        return f"repo:{self.owner}/{self.name}"
