"""Running the command as another user, for tests that root runs."""

import contextlib
import os
import pwd
import shutil
import tempfile
from pathlib import Path

import pytest

from fleet import CLI, Fleet

NOBODY = "nobody"

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: runs the command as another user")


def as_nobody():
    """The words that run a command as an unprivileged user."""
    user = pwd.getpwnam(NOBODY)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def status_of(pid):
    """The fields of /proc/<pid>/status."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


def left_of_root(pid, user=NOBODY):
    """What a process that should have become `user` still has of root's powers, in words, for each thread."""
    account = pwd.getpwnam(user)
    wanted = {
        "Uid": [account.pw_uid] * 4,
        "Gid": [account.pw_gid] * 4,
        "Groups": sorted(os.getgrouplist(user, account.pw_gid)),
        **{name: [0] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")},
        "NoNewPrivs": [1],
    }
    left = []
    for thread in os.listdir(f"/proc/{pid}/task"):
        status = status_of(f"{pid}/task/{thread}")
        for name, values in wanted.items():
            found = [int(word, 16 if name.startswith("Cap") else 10) for word in status[name].split()]
            if found != values:
                left.append(f"{name} of thread {thread}: {status[name].strip()}")
    return left


def skip_if_hidden_from(path):
    """Skips the test where an unprivileged user cannot get at `path`."""
    for parent in Path(path).resolve().parents:
        if not parent.stat().st_mode & 0o001:
            pytest.skip(f"{parent} is closed to other users")


@contextlib.contextmanager
def public_fleet(devices, config=None):
    """A fleet in a directory that belongs to the unprivileged user, with all its files."""
    skip_if_hidden_from(CLI)
    directory = Path(tempfile.mkdtemp(prefix="stage3-e2e-"))
    fleet = Fleet(directory, devices, config)
    try:
        directory.chmod(0o755)
        for path in (directory, *directory.rglob("*")):
            shutil.chown(path, NOBODY, pwd.getpwnam(NOBODY).pw_gid)
        yield fleet
    finally:
        fleet.close()
        shutil.rmtree(directory)
