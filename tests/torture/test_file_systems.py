"""Promise 21, the table: on each file system, with each thing that may be wrong, a run saves or has done nothing."""

from concurrent.futures import ThreadPoolExecutor

import pytest

import cells
import faults
import file_systems
import mounts
from harness import LONG

# Where `chattr` and other owners mean something.
WITH_FLAGS = ("tmpfs", "ext4", "overlayfs", "ext2", "xfs", "btrfs")
WITH_OWNERS = (*WITH_FLAGS, "ramfs")
# What the kernel refuses before it asks the file system, which the others need not show each time.
BY_THE_KERNEL = [*faults.FLAGS, *faults.RIGHTS, "`ulimit -f 0`", "`ulimit -f` of 100 bytes",
                 "the directory is mounted by itself", "the directory is mounted read-only"]


def faults_of(file_system):
    names = list(faults.EVERYWHERE)
    names += faults.FLAGS if file_system in WITH_FLAGS else []
    names += faults.RIGHTS if file_system in WITH_OWNERS else []
    return [name for name in names if LONG or file_system == "ext4" or name not in BY_THE_KERNEL]


@pytest.fixture(scope="module", autouse=True)
def own_mounts():
    mounts.needs_mounts()


@pytest.fixture(scope="module", name="fleet")
def fixture_fleet():
    with cells.fleet_for_cells() as fleet, cells.counted("file systems"):
        yield fleet


@pytest.fixture(scope="module", name="disk")
def fixture_disk(request, own_mounts):
    with file_systems.ALL[request.param]() as disk:
        yield request.param, disk


@pytest.mark.parametrize("disk, fault", [(name, fault) for name in file_systems.ALL for fault in faults_of(name)],
                         indirect=["disk"], scope="module")
def test_cell(disk, fleet, fault):
    """Each in a new directory of the disk, whatever becomes of that."""
    name, path = disk
    come, wanted, reason = faults.ALL[fault]
    place = path / f"at-{len(list(path.iterdir()))}"
    place.mkdir()
    cell = fleet.at(place)
    with come(cell) as how:
        outcome = cell.outcome(*how.pop("arguments", ()), **how)
        cells.tell("file systems", fault, name, outcome, wanted, reason)


def test_finding_out_too_late_is_noticed():
    """The directory becomes immutable when the devices have been asked already."""
    with cells.fleet_for_cells(latency_ms={"*": 200}) as fleet, file_systems.tmpfs() as disk:
        cell = fleet.at(disk)

        def strike():
            fleet.fleet.sim.wait_for(1, timeout=30)
            assert mounts.call("chattr", "+i", str(disk)).returncode == 0
        with ThreadPoolExecutor(1) as pool:
            striking = pool.submit(strike)
            outcome = cell.outcome()
            striking.result()
        mounts.call("chattr", "-i", str(disk))
    assert outcome.kind == cells.REFUSED and "writing calls although nothing could be saved" in outcome.wrong[0], outcome
