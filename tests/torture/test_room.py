"""Promise 21 where there is hardly any room: blocks, names, quota and file sizes from none to plenty, so that one of the
values is the one that a trial of the wrong size would take for enough."""

import contextlib
import json
import os
import pwd
import resource
import shutil
import tempfile
from pathlib import Path

import pytest

import cells
import file_systems
import mounts
from cells import EITHER, REFUSED, SAVED
from harness import LONG, in_memory
from privileges import NOBODY, as_nobody

PAGE = 4096
# The results do not fit into the last page that the file has.
SIZE = 5 * PAGE - 40


@pytest.fixture(scope="module", autouse=True)
def own_mounts():
    mounts.needs_mounts()


@pytest.fixture(scope="module", name="fleet")
def fixture_fleet():
    with cells.fleet_for_cells() as fleet, cells.counted("room"):
        yield fleet


def fill(directory, leave_blocks):
    """Fills a file system up; so many blocks are left."""
    status = os.statvfs(directory)
    with open(directory / "filler", "wb", buffering=0) as filler, contextlib.suppress(OSError):
        while True:
            if not filler.write(b"\0" * 65536):
                break
    with contextlib.suppress(OSError), open(directory / "filler", "ab", buffering=0) as filler:
        while True:
            filler.write(b"\0" * 512)
    if leave_blocks:  # a full btrfs has no room for even that
        size = (directory / "filler").stat().st_size
        os.truncate(directory / "filler", max(0, size - size % status.f_frsize - leave_blocks * status.f_frsize))
    os.sync()


def cell_in(fleet, place, **options):
    """One where there has been a run before: its lock files take no room any more."""
    cell = fleet.at(place, **options)
    for suffix in (".lock", ".run.lock"):
        cell.sibling(suffix).write_text("1\n")
        cell.sibling(suffix).chmod(0o600)
    cell.settle()
    return cell


def wanted_of(room, none, plenty):
    return REFUSED if room <= none else SAVED if room >= plenty else EITHER


BLOCKS = range(0, 20) if LONG else (0, 4, 5, 6, 10, 19)


@pytest.mark.parametrize("blocks", BLOCKS)
def test_nearly_full_tmpfs(fleet, blocks):
    with file_systems.tmpfs("size=256k") as disk:
        cell = cell_in(fleet, disk, size=SIZE)
        fill(disk, blocks)
        cell.settle()
        cells.tell("room", f"{blocks} free pages for a file of 5", "tmpfs", cell.outcome(), wanted_of(blocks, 3, 19),
                   "No space left")


@pytest.mark.parametrize("blocks", BLOCKS)
def test_nearly_full_without_exchange(fleet, blocks):
    """The backup is a copy there: it takes room of its own."""
    with file_systems.tmpfs("size=256k") as disk, \
            file_systems.grudging(disk, "exchange=EINVAL", "noreplace=EINVAL", "link=EPERM") as (seen, _):
        cell = cell_in(fleet, disk, size=SIZE, seen_at=seen)
        fill(disk, blocks)
        cell.settle()
        cells.tell("room", f"{blocks} free pages for a file of 5", "FUSE without exchange", cell.outcome(),
                   wanted_of(blocks, 3, 19), "No space left")


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "ntfs-3g", "exfat by FUSE"] if LONG else ["ext4", "ntfs-3g"])
def test_full_disk(fleet, kind):
    with file_systems.ALL[kind]() as disk:
        cell = fleet.at(disk, padding=100_000)
        fill(disk, 0)
        cell.settle()
        cells.tell("room", "full", kind, cell.outcome(), REFUSED, "No space left")
        (disk / "filler").unlink()
        cell.settle()
        cells.tell("room", "full, and no longer", kind, cell.outcome(), SAVED)


def use_inodes(directory, leave):
    count = 0
    with contextlib.suppress(OSError):
        while count < 100_000:
            (directory / f"inode{count}").touch(exist_ok=False)
            count += 1
    for number in range(min(leave, count)):
        (directory / f"inode{number}").unlink()


@pytest.mark.parametrize("names", range(0, 6))
def test_hardly_any_inodes(fleet, names):
    with file_systems.tmpfs("size=1m,nr_inodes=40") as disk:
        cell = cell_in(fleet, disk)
        use_inodes(disk, names)
        cell.settle()
        cells.tell("room", f"{names} free inodes", "tmpfs", cell.outcome(), wanted_of(names, 0, 4), "No space left")


LIMITS = (-1, 0, 1, 64, 200, 500, 800, 1_200, 2_000, 10_000_000)


@pytest.mark.parametrize("beyond", LIMITS if LONG else (-1, 1, 500, 800, 10_000_000))
def test_limit_on_file_sizes(fleet, beyond):
    """What a run writes is more than what it has read."""
    with file_systems.tmpfs() as disk:
        cell = fleet.at(disk)
        limit = len(cell.before) + beyond

        def limit_it():
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        cells.tell("room", f"`ulimit -f`: {beyond} bytes more than the file has", "tmpfs", cell.outcome(preexec_fn=limit_it),
                   wanted_of(beyond, 0, 10_000_000), "too large|limit")


@pytest.mark.parametrize("beyond", [800, 1_500, 3_000, 6_000])
def test_room_for_long_errors(beyond):
    """Devices that have a lot to say about why they refuse a name: what a run records is longer than usual."""
    refuses = {"kind": "status", "rpc": "Sys.SetConfig", "status": 500, "code": -103, "message": "no " * 300}
    with cells.fleet_for_cells(faults=[refuses]) as fleet, file_systems.tmpfs() as disk:
        cell = fleet.at(disk)
        limit = len(cell.before) + beyond
        run = fleet.fleet.run("--state", str(cell.seen), preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_FSIZE, (limit, limit)))
        if run.exit == 3:
            assert fleet.fleet.requests() == [], run
        else:
            assert run.exit == 1 and all("error" in entry["stage3"] for entry in json.loads(cell.path.read_bytes()).values())


def test_quota_of_a_btrfs(fleet):
    """It binds root, too."""
    with file_systems.ALL["btrfs"]() as disk:
        if shutil.which("btrfs") is None:
            pytest.skip("needs btrfs")
        cell = fleet.at(disk, padding=100_000)
        os.sync()
        for words in (("quota", "enable", str(disk)), ("qgroup", "limit", "512K", str(disk))):
            done = mounts.call("btrfs", *words)
            if done.returncode != 0:
                pytest.skip(f"no quota here: {done.stderr.strip()}")
        cell.settle()
        cells.tell("room", "over quota", "btrfs", cell.outcome(), REFUSED, "quota")


QUOTAS = {
    "tmpfs": lambda: file_systems.tmpfs("size=8m,quota,usrquota_block_hardlimit=300k"),
    "ext4": lambda: file_systems.image("ext4", ("-O", "quota", "-E", "quotatype=usrquota"), ("-o", "usrquota")),
    "xfs": lambda: file_systems.image("xfs", (), ("-o", "usrquota")),
}


@pytest.mark.parametrize("kind", QUOTAS)
def test_quota_of_a_user(fleet, kind):
    user = pwd.getpwnam(NOBODY)
    with QUOTAS[kind]() as disk:
        place = disk / "data"
        place.mkdir()
        cell = fleet.at(place, padding=60_000)
        for path in (place, cell.path):
            os.chown(path, user.pw_uid, user.pw_gid)
        if kind != "tmpfs":
            done = mounts.call("setquota", "-u", NOBODY, "0", "300", "0", "0", str(disk))
            if done.returncode != 0:
                pytest.skip(f"no quota here: {done.stderr.strip()}")
        cell.settle()
        cells.tell("room", "over quota", kind, cell.outcome(prefix=as_nobody()), REFUSED, "quota")


def test_links_lead_to_where_the_room_is(fleet):
    """A linked file is replaced where it lies: that disk must have room, not the one of the link."""
    with file_systems.tmpfs("size=256k") as disk, tempfile.TemporaryDirectory(dir=in_memory()) as place:
        cell = fleet.at(disk, size=SIZE, seen_at=place)
        cell.seen.symlink_to(cell.path)
        fill(disk, 0)
        cell.settle()
        cells.tell("room", "a link to a file on a full disk", "tmpfs", cell.outcome(), REFUSED, "No space left")
        (disk / "filler").unlink()
        cell.settle()
        cells.tell("room", "a link to a file on a disk with room", "tmpfs", cell.outcome(), SAVED)
        assert sorted(path.name for path in Path(place).iterdir()) == ["ip_state.json"], "left beside the link"
