"""What may be wrong with a state file or its directory: how it comes and goes, what must become of a run, and what the
reason must speak of where it is refused."""

import contextlib
import os
import pwd
import resource

import pytest

import mounts
from cells import EITHER, REFUSED, SAVED
from file_systems import mounted
from privileges import NOBODY, as_nobody


@contextlib.contextmanager
def nothing(cell):
    yield {}


@contextlib.contextmanager
def by_itself(cell, name=""):
    """One file of a host is mounted into a container."""
    file = cell.sibling(name)
    file.touch()
    with contextlib.ExitStack() as stack:
        if mounts.call("mount", "--bind", str(file), str(file)).returncode != 0:
            pytest.skip("cannot mount a single file here")
        stack.callback(mounts.call, "umount", "-l", str(file))
        yield {}


@contextlib.contextmanager
def directory_by_itself(cell):
    with mounted(cell.dir, "mount", "--bind", str(cell.dir)):
        yield {}


@contextlib.contextmanager
def read_only(cell):
    with mounted(cell.dir, "mount", "--bind", str(cell.dir)):
        assert mounts.call("mount", "-o", "remount,bind,ro", str(cell.dir)).returncode == 0
        yield {}


@contextlib.contextmanager
def flagged(cell, flag, name=None):
    """`chattr` on one of the files, or on the directory."""
    path = cell.dir if name is None else cell.sibling(name)
    if name is not None and not path.exists():
        path.write_bytes(b"" if name.endswith(".lock") else b'{"A8032A000001": {"note": "older"}}\n')
        cell.settle()
    done = mounts.call("chattr", f"+{flag}", str(path))
    if done.returncode != 0:
        pytest.skip(f"chattr +{flag} is unknown here: {done.stderr.strip()}")
    try:
        yield {}
    finally:
        mounts.call("chattr", f"-{flag}", str(path))


@contextlib.contextmanager
def limited(cell, limit):
    def limit_it():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    yield {"preexec_fn": limit_it}


@contextlib.contextmanager
def foreign_temporary(cell):
    """What a stage that follows the runbook is just about to put in place, or has left behind."""
    cell.sibling(".tmp").write_bytes(b'{"A8032A000001": {"half": ')
    cell.settle()
    yield {}


@contextlib.contextmanager
def whole_foreign_temporary(cell):
    cell.sibling(".tmp").write_bytes(b'{"A8032A000001": {"note": "of another stage"}}\n')
    cell.settle()
    yield {}


@contextlib.contextmanager
def another_user(cell, directory, file):
    cell.dir.chmod(directory)
    cell.path.chmod(file)
    cell.settle()
    yield {"prefix": as_nobody()}


@contextlib.contextmanager
def user_option(cell, directory, file, owner=0):
    """Root starts the run, which becomes another user."""
    cell.dir.chmod(directory)
    cell.path.chmod(file)
    for path in (cell.dir, cell.path):
        os.chown(path, owner, owner)
    cell.settle()
    yield {"arguments": ("--user", NOBODY)}


NOT_PERMITTED = "append|immutable|chattr|ermission|permitted"
EVERYWHERE = {
    "nothing": (nothing, SAVED, ""),
    "the file is mounted by itself": (by_itself, REFUSED, "mount its directory instead"),
    "`.bak` is mounted by itself": (lambda cell: by_itself(cell, ".bak"), EITHER, r"\.bak"),
    "the directory is mounted by itself": (directory_by_itself, SAVED, ""),
    "the directory is mounted read-only": (read_only, REFUSED, "[Rr]ead-only"),
    "`ulimit -f 0`": (lambda cell: limited(cell, 0), REFUSED, "File too large|limit"),
    "`ulimit -f` of 100 bytes": (lambda cell: limited(cell, 100), REFUSED, "File too large|limit"),
    "half a `.tmp` of another stage": (foreign_temporary, SAVED, ""),
    "a whole `.tmp` of another stage": (whole_foreign_temporary, SAVED, ""),
}
FLAGS = {
    "`chattr +a` on the file": (lambda cell: flagged(cell, "a", ""), REFUSED, NOT_PERMITTED),
    "`chattr +i` on the file": (lambda cell: flagged(cell, "i", ""), REFUSED, NOT_PERMITTED),
    "`chattr +a` on the directory": (lambda cell: flagged(cell, "a"), REFUSED, NOT_PERMITTED),
    "`chattr +i` on the directory": (lambda cell: flagged(cell, "i"), REFUSED, NOT_PERMITTED),
    "`chattr +i` on `.bak`": (lambda cell: flagged(cell, "i", ".bak"), EITHER, r"\.bak"),
    "`chattr +a` on `.bak`": (lambda cell: flagged(cell, "a", ".bak"), EITHER, r"\.bak"),
    "`chattr +i` on `.tmp`": (lambda cell: flagged(cell, "i", ".tmp"), SAVED, ""),
    "`chattr +i` on `.lock`": (lambda cell: flagged(cell, "i", ".lock"), EITHER, r"\.lock"),
    "`chattr +i` on `.run.lock`": (lambda cell: flagged(cell, "i", ".run.lock"), EITHER, r"\.run\.lock"),
}
RIGHTS = {
    "a user who may not write the directory":
        (lambda cell: another_user(cell, 0o755, 0o666), REFUSED, NOT_PERMITTED),
    "a user who may write the directory, not the file":
        (lambda cell: another_user(cell, 0o777, 0o644), EITHER, NOT_PERMITTED),
    "a sticky directory of somebody else":
        (lambda cell: another_user(cell, 0o1777, 0o666), REFUSED, "sticky|" + NOT_PERMITTED),
    "a user who may write both": (lambda cell: another_user(cell, 0o777, 0o666), SAVED, ""),
    "`--user` who may not write the directory":
        (lambda cell: user_option(cell, 0o755, 0o666), REFUSED, NOT_PERMITTED),
    "`--user` who may not write the file": (lambda cell: user_option(cell, 0o777, 0o644), EITHER, NOT_PERMITTED),
    "`--user` whose file it is":
        (lambda cell: user_option(cell, 0o755, 0o644, pwd.getpwnam(NOBODY).pw_uid), SAVED, ""),
}
ALL = {**EVERYWHERE, **FLAGS, **RIGHTS}
