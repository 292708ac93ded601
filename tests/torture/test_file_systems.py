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
# In the short mode all of it on one of them, and on the others what they do themselves rather than the kernel.
IN_SHORT = ("nothing", "the file is mounted by itself", "half a `.tmp` of another stage")


def faults_of(file_system):
    names = list(faults.EVERYWHERE)
    names += faults.FLAGS if file_system in WITH_FLAGS else []
    names += faults.RIGHTS if file_system in WITH_OWNERS else []
    return names if LONG or file_system == "ext4" else IN_SHORT


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
            fleet.fleet.sim.wait_for(1)
            assert mounts.call("chattr", "+i", str(disk)).returncode == 0
        with ThreadPoolExecutor(1) as pool:
            striking = pool.submit(strike)
            outcome = cell.outcome()
            striking.result()
        mounts.call("chattr", "-i", str(disk))
    # Whether a name was written by then is up to when the run looks.
    late = ("writing calls although nothing could be saved", "requests before it was found that nothing can be saved")
    assert outcome.kind == cells.REFUSED and any(words in outcome.wrong[0] for words in late), outcome
