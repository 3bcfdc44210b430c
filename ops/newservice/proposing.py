"""A new service as a pull request, made through GitHub's API: no checkout keeps a credential, and nothing is pushed."""

from ops.errors import OpsError
from ops.github import Gh
from ops.newservice.making import Files


def propose(repository: str, name: str, files: Files, body: str, gh: Gh) -> str:
    """Open the pull request, in one commit on a branch of its own; its address.

    Raises:
        OpsError: a branch of that name is there, or GitHub refused.
    """
    place, branch, title = f"repos/{repository}", f"service/{name}", f"Make the service {name}"
    owner = repository.partition("/")[0]
    for each in gh(f"{place}/pulls?state=open&head={owner}:{branch}"):
        raise OpsError(f"NAME = {name}: {each['html_url']} proposes it already; close that one, or give another name")
    base = gh(place)["default_branch"]
    tip = gh(f"{place}/git/ref/heads/{base}")["object"]["sha"]
    below = gh(f"{place}/git/commits/{tip}")["tree"]["sha"]
    leaves = [
        {"path": path, "mode": "100644", "type": "blob", "content": text}
        for path, text in {**files.new, **files.changed}.items()
    ]
    tree = gh(f"{place}/git/trees", method="POST", body={"base_tree": below, "tree": leaves})["sha"]
    commit = gh(f"{place}/git/commits", method="POST", body={"message": title, "tree": tree, "parents": [tip]})["sha"]
    gh(f"{place}/git/refs", method="POST", body={"ref": f"refs/heads/{branch}", "sha": commit})
    made = gh(f"{place}/pulls", method="POST", body={"title": title, "head": branch, "base": base, "body": body})
    return str(made["html_url"])
