"""Promise 10: what a user plants at the names beside the state file does no harm when root saves it."""

import contextlib
import fcntl
import os
import pwd
import socket
import stat
import subprocess
import sys

import pytest

import figures
from harness import SIBLINGS, command_that_saves, library_that_saves
from privileges import NOBODY, as_nobody, needs_root

pytestmark = needs_root

SECRET = b"root's own, and nobody else's\n"


class Victim:
    """A file of root's in a place where the user could not write."""

    def __init__(self, directory):
        self.path = directory / "victim"
        self.path.write_bytes(SECRET)
        self.path.chmod(0o600)
        self.missing = directory / "missing"
        self.before = self.look()

    def look(self):
        status = self.path.stat()
        return (self.path.read_bytes(), status.st_uid, status.st_gid, status.st_mode, status.st_mtime_ns, status.st_ino)

    def harm(self):
        if self.look() != self.before:
            return f"the victim was {self.before} and is {self.look()}"
        return "a file was made where a link points to" if os.path.lexists(self.missing) else ""


def plant_socket(path, _):
    with socket.socket(socket.AF_UNIX) as planted, contextlib.chdir(path.parent):
        planted.bind(path.name)


PLANTS = {
    "link": lambda path, victim: path.symlink_to(victim.path),
    "dangling link": lambda path, victim: path.symlink_to(victim.missing),
    "link to itself": lambda path, victim: path.symlink_to(path.name),
    "hard link": lambda path, victim: os.link(victim.path, path),
    "fifo": lambda path, victim: os.mkfifo(path),
    "socket": plant_socket,
    "device": lambda path, victim: os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 7)),
    "directory": lambda path, victim: (path / "inside").mkdir(parents=True),
    "foreign file": lambda path, victim: path.write_bytes(b"{}"),
}


@contextlib.contextmanager
def planted(saves, suffix, kind):
    """A save into a user's directory, with something planted there, and who must not be harmed."""
    user = pwd.getpwnam(NOBODY)
    saves.reset()
    for path in (saves.path.parent, saves.path):
        os.chown(path, user.pw_uid, user.pw_gid)
    with contextlib.suppress(FileNotFoundError):
        saves.sibling(suffix).unlink()
    victim = Victim(saves.dir)
    PLANTS[kind](saves.sibling(suffix), victim)
    try:
        yield victim
    finally:
        victim.path.unlink()
        with contextlib.suppress(FileNotFoundError):
            victim.missing.unlink()
        if saves.sibling(suffix).is_dir() and not saves.sibling(suffix).is_symlink():
            (saves.sibling(suffix) / "inside").rmdir()
            saves.sibling(suffix).rmdir()


def harm_done(saves, suffix, kind):
    with planted(saves, suffix, kind) as victim:
        done = saves.run()
        if done.returncode == 0 and not saves.is_new():
            return "success is claimed, the results are not in the file"
        if done.returncode == 3 and not saves.is_old():
            return "a failure is told, and the file has changed"
        if done.returncode not in (0, 3):
            return str(done)
        return victim.harm()


@pytest.mark.parametrize("kind", PLANTS)
def test_victim_is_untouched(kind):
    with command_that_saves() as saves:
        harm = {suffix: harm_done(saves, suffix, kind) for suffix in SIBLINGS}
    assert harm == dict.fromkeys(SIBLINGS, "")
    figures.tell(10, f"{kind} at each of {len(SIBLINGS)} names: victim untouched")


def test_temporary_name_is_no_obstacle():
    """A user cannot keep root from saving with what they put at names that belong to nobody."""
    with command_that_saves() as saves:
        for kind in ("link", "hard link", "fifo", "device"):
            with planted(saves, ".stage3-tmp", kind):
                assert saves.run().returncode == 0 and saves.is_new(), kind


@pytest.mark.parametrize("kind", ["link", "dangling link", "hard link"])
def test_harm_is_noticed_without_care(kind):
    with library_that_saves("--mutant", "trusting", "--hurry") as saves:
        assert harm_done(saves, ".stage3-tmp", kind) != ""


STRANGER = """
import fcntl, os, sys
for path in sys.argv[1:]:
    try:
        fcntl.flock(os.open(path, os.O_RDONLY), fcntl.LOCK_EX)
    except OSError:
        pass
print("ready", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def locked_by_a_stranger(saves):
    """Another account holds a lock on every file of ours that it may open."""
    paths = [path for path in saves.path.parent.iterdir() if path.name.startswith(saves.path.name)]
    with subprocess.Popen([*as_nobody(), sys.executable, "-c", STRANGER, *map(str, paths)], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as stranger:
        assert stranger.stdout.readline() == b"ready\n"
        try:
            yield
        finally:
            stranger.stdin.close()


def held_up_by_a_stranger(saves, lock_mode):
    for suffix in (".lock", ".run.lock"):
        saves.sibling(suffix).touch()
        saves.sibling(suffix).chmod(lock_mode)
    for _ in range(2):  # the second run finds what the first has left
        with locked_by_a_stranger(saves):
            done = saves.run()
        if done.returncode != 0 or not saves.is_new():
            return str(done)
    return ""


@pytest.mark.parametrize("lock_mode", [0o600, 0o644, 0o666])
def test_no_other_account_holds_up_a_run(lock_mode):
    """Promise 23: not even by lock files that an earlier version has made for all to read."""
    with command_that_saves() as saves:
        for path in (saves.dir, saves.path.parent):
            path.chmod(0o755)
        assert held_up_by_a_stranger(saves, lock_mode) == ""
        modes = {suffix: saves.sibling(suffix).stat().st_mode & 0o777 for suffix in (".lock", ".run.lock")}
        assert modes == {".lock": 0o600, ".run.lock": 0o600}
    figures.tell(23, f"lock files of mode {lock_mode:o}, each file locked by another account: 0 of 2 runs held up")


def test_strangers_lock_is_noticed():
    """The owner's own lock does hold up a run: what was tested before is a lock."""
    with command_that_saves() as saves, open(saves.sibling(".run.lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert saves.run().returncode == 75
