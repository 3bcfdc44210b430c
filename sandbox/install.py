"""Make `.venv` what requirements.lock says. Runs on the system's Python, before anything is installed.

Standard library only, and no syntax newer than Python 3.6: an old Python must get as far as the sentence that says
it is too old. pip does the work, not a faster installer, because pip is what a closed network has configured.
"""

import contextlib
import fcntl
import hashlib
import os
import subprocess
import sys
import time
import venv

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
LOCK = os.path.join(ROOT, "requirements.lock")
STAMP = os.path.join(VENV, "installed-lock.sha256")
OLDEST = (3, 11)  # pyproject.toml: requires-python


def stop(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")
    sys.exit(1)


def wanted() -> str:
    """What the stamp holds once the environment is whole: the lock's digest and the Python it is for."""
    with open(LOCK, "rb") as lock:
        return "%s %s.%s\n" % (hashlib.sha256(lock.read()).hexdigest(), sys.version_info[0], sys.version_info[1])


def is_ready() -> bool:
    try:
        with open(STAMP) as stamp:
            return stamp.read() == wanted()
    except OSError:
        return False


@contextlib.contextmanager
def one_at_a_time():
    """Two runs in one checkout: the second waits. The kernel drops the lock of a run that dies."""
    with open(os.path.join(ROOT, ".venv.lock"), "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def run(what: str, *command: str) -> None:
    started = time.time()
    sys.stderr.write("%s ..." % what)
    sys.stderr.flush()
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, check=False
    )
    if done.returncode != 0:
        sys.stderr.write("\n" + "\n".join(done.stdout.splitlines()[-15:]) + "\n")
        stop("%s: failed. Is a Python package index reachable (pip config list)? Then try again." % what)
    sys.stderr.write(" %.0f s\n" % (time.time() - started))


def main() -> None:
    if sys.version_info < OLDEST:
        stop(
            "Python %d.%d or newer is needed; %s is %d.%d. Install one and name it: make PYTHON=python3.12 ..."
            % (*OLDEST, sys.executable, *sys.version_info[:2])
        )
    if is_ready():
        return
    try:
        with one_at_a_time():
            if is_ready():
                return
            venv.create(VENV, clear=True, with_pip=True, symlinks=True)
            python = os.path.join(VENV, "bin", "python")
            run(
                "setting up .venv: packages of requirements.lock",
                python,
                "-m",
                "pip",
                "install",
                "--quiet",
                "--no-compile",
                "--disable-pip-version-check",
                "--require-hashes",
                "-r",
                LOCK,
            )
            # Bytecode makes every later start 2 to 3 times faster; machines that set PYTHONDONTWRITEBYTECODE would
            # otherwise compile pulumi_aws anew in each run. Exit 1 only means that some template is no Python.
            subprocess.run(
                [python, "-m", "compileall", "-q", "-j", "0", os.path.join(VENV, "lib")],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
            )
            with open(STAMP, "w") as stamp:
                stamp.write(wanted())
    except KeyboardInterrupt:
        stop("interrupted; the next run starts .venv anew")
    except OSError as problem:
        stop("cannot set up .venv: %s" % problem)
    except subprocess.CalledProcessError:
        stop("cannot create .venv: this Python lacks the venv module or pip (Debian: apt install python3-venv)")


if __name__ == "__main__":
    main()
