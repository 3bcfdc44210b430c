"""`python -m ops.bump --service api --stage dev --digest sha256:...`: the line of Git by which ArgoCD runs an image.

With a repository it is a pull request on a branch of its own, made through the API: no checkout keeps a credential.
"""

import argparse
import base64
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import yaml

from ops.errors import OpsError
from ops.github import Gh, call
from sandbox.launch import ROOT

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_TAG = re.compile(r"^(image:\s*\n(?:[ \t]+#[^\n]*\n)*[ \t]+tag:[ \t]*)\S+", re.MULTILINE)


def bumped(text: str, digest: str, name: str) -> str:
    """The values file with another image, all else as it stands, comments too.

    Raises:
        OpsError: the digest is none, or the file has no image.
    """
    if not _DIGEST.fullmatch(digest):
        raise OpsError(f"DIGEST: {digest!r} is not sha256: and 64 hexadecimal digits")
    changed, count = _TAG.subn(rf"\g<1>{digest}", text)
    if count != 1 or yaml.safe_load(changed)["image"] != {"tag": digest}:
        raise OpsError(f"{name}: has no `image:` with a `tag:` on the line below it")
    return changed


def propose(repository: str, path: str, text: str, title: str, branch: str, gh: Gh) -> str:
    """A pull request that gives a file another text; the address of it, or of the one that is open already."""
    base = gh(f"repos/{repository}")["default_branch"]
    tip = gh(f"repos/{repository}/git/ref/heads/{base}")["object"]["sha"]
    owner = repository.partition("/")[0]
    for each in gh(f"repos/{repository}/pulls?state=open&head={owner}:{branch}"):
        return str(each["html_url"])
    gh(f"repos/{repository}/git/refs", method="POST", body={"ref": f"refs/heads/{branch}", "sha": tip})
    before = gh(f"repos/{repository}/contents/{path}?ref={base}")["sha"]
    content = base64.b64encode(text.encode()).decode()
    gh(
        f"repos/{repository}/contents/{path}",
        method="PUT",
        body={"message": title, "content": content, "sha": before, "branch": branch},
    )
    made = gh(
        f"repos/{repository}/pulls",
        method="POST",
        body={
            "title": title,
            "head": branch,
            "base": base,
            "body": "Its image was built, scanned and pushed by digest.",
        },
    )
    return str(made["html_url"])


def run(arguments: Sequence[str], gh: Gh = call) -> None:
    """Change the file, here or by a pull request.

    Raises:
        OpsError: a mistake, or GitHub's refusal.
    """
    parser = argparse.ArgumentParser(prog="ops.bump", description="have a service run another image")
    parser.add_argument("--service", required=True)
    parser.add_argument("--stage", required=True)
    parser.add_argument("--digest", required=True)
    parser.add_argument("--repository", help="owner/name to propose it in; without, the file here is changed")
    parser.add_argument("--project", type=Path, default=ROOT, help="the repository's folder")
    given = parser.parse_args(arguments)
    path = f"services/{given.service}/deploy/{given.stage}.yaml"
    file: Path = given.project / path
    if not re.fullmatch(r"[a-z][a-z0-9-]*", given.service) or not file.is_file():
        raise OpsError(f"SERVICE, STAGE: there is no {path}")
    text = bumped(file.read_text(encoding="utf-8"), given.digest, path)
    if given.repository is None:
        file.write_text(text, encoding="utf-8")
        return
    title = f"Run {given.service} {given.digest[7:19]} in {given.stage}"
    branch = f"image/{given.service}-{given.stage}-{given.digest[7:19]}"
    sys.stdout.write(f"{propose(given.repository, path, text, title, branch, gh)}\n")


def main() -> NoReturn:
    """Entry point; a user's mistake is one sentence on stderr and exit code 1."""
    try:
        run(sys.argv[1:])
    except OpsError as problem:
        sys.stderr.write(f"bump: {problem}\n")
        raise SystemExit(1) from None
    raise SystemExit(0)


if __name__ == "__main__":
    main()
