"""Promise 9: owner, group, mode, ACL and extended attributes of the file stay when root saves a user's file."""

import contextlib
import os
import pwd
import struct

import pytest

import figures
import mounts
import straced
from harness import command_that_saves
from privileges import NOBODY, needs_root

pytestmark = needs_root

MODE = 0o640


@pytest.fixture(scope="module", autouse=True)
def own_mounts():
    mounts.needs_mounts()


def acl(*entries):
    """An ACL as the kernel takes it; entries of (tag, permissions, id)."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


NO_ID = 0xFFFFFFFF
ACL = acl((0x01, 6, NO_ID), (0x02, 4, 4711), (0x04, 4, NO_ID), (0x10, 4, NO_ID), (0x20, 0, NO_ID))
DEFAULT_ACL = acl((0x01, 7, NO_ID), (0x02, 7, 4712), (0x04, 5, NO_ID), (0x10, 7, NO_ID), (0x20, 5, NO_ID))


def look(path):
    """All that must stay."""
    status = path.stat()
    attributes = {name: os.getxattr(path, name) for name in os.listxattr(path)}
    return (status.st_uid, status.st_gid, oct(status.st_mode), attributes)


@contextlib.contextmanager
def file_of_a_user(has_acl=True):
    """A user's state file with attributes and perhaps an ACL, in a directory that would hand another ACL down."""
    user = pwd.getpwnam(NOBODY)
    with mounts.disk("ext4") as disk, command_that_saves(directory=disk.path) as saves:
        os.setxattr(saves.path.parent, "system.posix_acl_default", DEFAULT_ACL)
        os.chown(saves.path.parent, user.pw_uid, user.pw_gid)
        os.chown(saves.path, user.pw_uid, user.pw_gid)
        saves.path.chmod(MODE)
        if has_acl:
            os.setxattr(saves.path, "system.posix_acl_access", ACL)
        os.setxattr(saves.path, "user.note", b"mine")
        os.setxattr(saves.path, "trusted.note", b"root's")
        yield saves


def changes(saves, *injections):
    """What a save by root changes, on the file and on what becomes its backup."""
    before = look(saves.path)
    done = saves.run(straced.prefix(saves, *injections) if injections else ())
    assert done.returncode == 0 and saves.is_new(), done
    seen = {"state file": look(saves.path), "backup": look(saves.sibling(".bak"))}
    return {name: (before, after) for name, after in seen.items() if after != before}


@pytest.mark.parametrize("has_acl", [True, False])
def test_everything_stays(has_acl):
    with file_of_a_user(has_acl) as saves:
        before = look(saves.path)
        assert before[:3] == (pwd.getpwnam(NOBODY).pw_uid, pwd.getpwnam(NOBODY).pw_gid, oct(0o100000 | MODE))
        assert len(before[3]) == 2 + has_acl
        assert changes(saves) == {}
        for suffix in (".lock", ".run.lock"):
            status = saves.sibling(suffix).stat()
            assert (status.st_uid, status.st_gid) == before[:2], "the user could not lock any more"
    figures.tell(9, f"root saves a user's file {'with' if has_acl else 'without'} ACL: equal")


@straced.needs_strace
def test_new_bytes_are_never_open_to_more_people():
    """While the new file is written nobody but root may read it, whatever the directory hands down."""
    with file_of_a_user() as saves:
        stopped_at = 0
        for call in (c for c in straced.calls_of(saves) if c.name in ("write", "fchmod", "fsetxattr", "fchown")):
            saves.reset()
            saves.path.chmod(0o600)
            saves.run(straced.prefix(saves, call.once("signal=KILL")))
            for new in (saves.sibling(".stage3-tmp"), saves.sibling(".stage3-try")):
                if new.exists():
                    stopped_at += 1
                    assert new.stat().st_mode & 0o077 == 0, call
        assert stopped_at > 2


@straced.needs_strace
@pytest.mark.parametrize("call, has_acl", [
    ("fchown", True), ("fsetxattr", True), ("fchmod", False), ("fremovexattr", False)])
def test_is_noticed_without(call, has_acl):
    with file_of_a_user(has_acl) as saves:
        assert changes(saves, f"{call}:retval=0") != {}
