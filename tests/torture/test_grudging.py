"""Promise 21 on a file system of our own that refuses one call, or several, with each error that is to be met somewhere:
networks, phones, archives and clouds have such. A run there saves, or has done nothing."""

import errno
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

import cells
import file_systems
import mounts
from cells import EITHER, REFUSED, SAVED
from harness import LONG, in_memory

A_STRANGER = 4711


@dataclass(frozen=True)
class Case:
    """A file system: its rules, and what must become of a run. `errors` take the place of `*` in the rules, each in turn;
    in the short mode only the first."""

    rules: str
    errors: str = ""
    wanted: str = EITHER
    size: int = None           # of the file; as it comes
    mode: int = 0o644
    owner: int = 0
    attributes: bool = False
    locks: bool = False        # their files are there already
    may_leave: bool = False    # nothing can be removed there
    named: str = ""

    def variants(self):
        errors = self.errors.split() or [""]
        for error in errors if LONG else errors[:1]:
            rules = self.rules.replace("*", error).split()
            yield pytest.param(self, rules, id=self.title(rules).replace(" ", "_"))

    def title(self, rules):
        whose = [text for text, is_so in (
            (f"a file of {self.size} bytes", self.size), ("file of another user", self.owner),
            (f"mode {self.mode:o}", self.mode != 0o644), ("attributes", self.attributes),
            ("lock files are there", self.locks)) if is_so]
        return ", ".join([self.named or " ".join(rules), *whose])


NO_SUCH_CALL = "EOPNOTSUPP ENOSYS EINVAL EPERM EACCES"
FULL = "ENOSPC EDQUOT EIO EROFS"
CASES = [
    # What a save can do without.
    Case("exchange=*", "EINVAL ENOSYS EOPNOTSUPP", SAVED),
    Case("exchange=*", "EPERM EACCES EIO EXDEV"),
    Case("noreplace=*", "EINVAL EPERM", SAVED),
    Case("exchange=* noreplace=* link=EPERM", "EINVAL EOPNOTSUPP", SAVED),
    Case("link=*", "EPERM EOPNOTSUPP", SAVED),
    Case("chown=*", NO_SUCH_CALL, SAVED),
    Case("chown=*", "EIO"),
    Case("chmod=*", NO_SUCH_CALL, SAVED, mode=0o600),
    Case("chmod=*", NO_SUCH_CALL, SAVED),
    Case("chmod=*", "EIO"),
    Case("chown=*", NO_SUCH_CALL, owner=A_STRANGER, mode=0o660),
    Case("setxattr=*", NO_SUCH_CALL, SAVED),
    Case("setxattr=*", "EOPNOTSUPP EPERM ENOSPC EDQUOT ENOSYS EIO", attributes=True),
    Case("listxattr=*", "EOPNOTSUPP ENOSYS", SAVED),
    Case("listxattr=*", "EPERM EACCES EIO", attributes=True),
    Case("getxattr=*", "EOPNOTSUPP ENOSYS EPERM EIO", attributes=True),
    Case("removexattr=*", "EOPNOTSUPP ENOSYS EPERM EACCES", SAVED),
    Case("removexattr=*", "EIO"),
    Case("fsyncdir=*", "EINVAL ENOSYS", SAVED),
    Case("fsyncdir=*", "EIO EOPNOTSUPP EACCES EROFS"),
    Case("fsync=*", "ENOSYS", SAVED),
    Case("fsync=*", "EINVAL EOPNOTSUPP"),
    Case("statfs=*", "ENOSYS EIO EACCES", SAVED),
    Case("truncate=*", "EPERM EIO EOPNOTSUPP", SAVED),
    Case("utimens=*", "EPERM EIO", SAVED),
    Case("flush=*", "EIO ENOSPC EDQUOT"),
    Case("flock=*", "ENOLCK EOPNOTSUPP ENOSYS EIO EINVAL"),
    # What it needs.
    Case("fsync=*", FULL, REFUSED),
    Case("create=*", "EACCES EPERM EMFILE " + FULL, REFUSED),
    Case("create=*", "EACCES EPERM EMFILE " + FULL, REFUSED, locks=True),
    Case("open_write=*", "EACCES EPERM EROFS", locks=True),
    Case("write=*@0", "EFBIG " + FULL, REFUSED),
    Case("write=*@100", "EFBIG " + FULL, REFUSED),
    Case("write=*@9000 fallocate=EOPNOTSUPP", "EFBIG " + FULL, REFUSED, size=10_000),
    Case("write=*@9000", "ENOSPC EDQUOT EIO", REFUSED, size=10_000),
    Case("write=*@10001", "ENOSPC EFBIG", REFUSED, size=10_000),
    Case("rename=*", "EPERM EACCES EBUSY EIO"),
    Case("rename=* exchange=EINVAL", "EPERM EACCES EBUSY EIO", REFUSED),
    Case("rename=* exchange=* noreplace=*", "EPERM EACCES EBUSY EIO EROFS", REFUSED),
    Case("unlink=*", "EPERM EACCES EROFS EIO", may_leave=True),
    Case("unlink=* rename=*", "EPERM EACCES EROFS", may_leave=True),
    # Several at once, as they come.
    Case("exchange=EINVAL noreplace=EINVAL fsyncdir=EINVAL setxattr=EOPNOTSUPP listxattr=EOPNOTSUPP", wanted=SAVED,
         named="like NFS"),
    Case("exchange=EINVAL noreplace=EINVAL fsyncdir=ENOSYS link=ENOSYS flock=ENOSYS", named="like sshfs"),
    Case("exchange=EINVAL link=EPERM chown=EPERM chmod=EPERM setxattr=EOPNOTSUPP listxattr=EOPNOTSUPP "
         "removexattr=EOPNOTSUPP", named="like vfat"),
    Case("exchange=EINVAL link=EPERM chown=EPERM chmod=EPERM setxattr=EOPNOTSUPP listxattr=EOPNOTSUPP "
         "removexattr=EOPNOTSUPP", mode=0o600, wanted=SAVED, named="like vfat"),
    Case("exchange=EINVAL noreplace=EINVAL chown=EPERM flock=EOPNOTSUPP", named="like a cloud's bucket"),
]


@pytest.fixture(scope="module", autouse=True)
def own_mounts():
    mounts.needs_mounts()


@pytest.fixture(scope="module", name="fleet")
def fixture_fleet():
    with cells.fleet_for_cells() as fleet, cells.counted("refusals"):
        yield fleet


def prepare(cell, case):
    if case.attributes:
        os.setxattr(cell.path, "user.note", b"mine")
    if case.owner:
        os.chown(cell.path, case.owner, case.owner)
    if case.locks:
        for suffix in (".lock", ".run.lock"):
            cell.sibling(suffix).touch(0o600)
    cell.settle()


def outcome_on(fleet, case, rules):
    with tempfile.TemporaryDirectory(prefix="torture-", dir=in_memory()) as behind:
        Path(behind).chmod(0o755)
        with file_systems.grudging(behind, *rules) as (seen, refused):
            cell = fleet.at(behind, seen_at=seen, mode=case.mode, size=case.size)
            prepare(cell, case)
            outcome = cell.outcome(may_leave=case.may_leave)
    return outcome, refused


@pytest.mark.parametrize("case, rules", [variant for case in CASES for variant in case.variants()])
def test_refusal(fleet, case, rules):
    outcome, refused = outcome_on(fleet, case, rules)
    assert case.wanted != REFUSED or any(refused.values()), "it was never asked for what it refuses"
    # Where nothing can be made up for, the reason is the system's.
    told = "|".join(os.strerror(getattr(errno, rule.partition("=")[2].partition("@")[0])) for rule in rules)
    title = case.title(rules) + ("" if any(refused.values()) else " (never asked for)")
    cells.tell("refusals", title, "FUSE", outcome, case.wanted, told if case.wanted == REFUSED else "")
