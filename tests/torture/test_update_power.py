"""An update is on the disk before it is sent: whenever the power is cut, what devices have started is on record when it is back."""

import contextlib
import fcntl
import os
import random
import struct
import time

import pytest

import figures
import mounts
from disturbed import without
from fleet import Fleet
from harness import LONG
from promptly import PATIENCE
from test_update_written import AFTERWARDS, CONFIG, DEADLINE, at_once, started, untrue
from updates import judged

# In the middle of which the power is cut: their records are saved in several saves.
DEVICES = 60
RATE = 30
CUTS = 20 if LONG else 2
# XFS_IOC_GOINGDOWN of <linux/xfs_fs.h>, which ext4 takes, too, and what becomes of the journal.
GOING_DOWN = 0x8004587D
JOURNAL = {"journal flushed": 1, "journal lost": 2}


@pytest.fixture(scope="module", autouse=True)
def own_mounts():
    mounts.needs_mounts()


@contextlib.contextmanager
def fleet_on(disk):
    fleet = Fleet(disk.path, [at_once(number) for number in range(DEVICES)], {"ota": {**CONFIG["ota"], "rate": RATE}})
    try:
        disk.sync()
        yield fleet
    finally:
        fleet.close()


def cut_power(disk, journal):
    directory = os.open(disk.path, os.O_RDONLY)
    try:
        fcntl.ioctl(directory, GOING_DOWN, struct.pack("I", JOURNAL[journal]))
    finally:
        os.close(directory)


def wait_for_updates(fleet, count):
    deadline = time.monotonic() + PATIENCE
    while sum("started" in request for request in fleet.sim.log()) < count:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def unrecorded(disk, fleet, count, journal, env=None):
    """The power is cut once so many updates have been started: those that nobody knows of when it is back."""
    run = fleet.start(env=env)
    wait_for_updates(fleet, count)
    cut_power(disk, journal)
    run.kill()
    run.communicate()
    disk.power_up()
    has_started = started(fleet)
    assert len(has_started) >= count
    state = fleet.state
    return [mac for mac in has_started if state[mac].get("stage3", {}).get("ota", {}).get("state") != "sent"]


@pytest.mark.parametrize("journal", JOURNAL)
@pytest.mark.parametrize("kind", ["ext4", "xfs"])
def test_what_was_sent_is_on_record(kind, journal):
    chance = random.Random(kind + journal)
    for _ in range(CUTS):
        with mounts.disk(kind) as disk, fleet_on(disk) as fleet:
            assert unrecorded(disk, fleet, chance.randint(1, DEVICES - 10), journal) == []
            assert fleet.run().exit == 0
            time.sleep(1)
            fleet.write_config(AFTERWARDS)
            fleet.run()
            assert (judged(fleet, DEADLINE), untrue(fleet, started(fleet))) == ([], [])
    figures.tell(16, f"{kind}, {journal}: power cut in the middle of {DEVICES} updates, {CUTS} times, then two more runs: 0 sent twice")


def test_who_does_not_flush_is_noticed():
    with mounts.disk("ext4") as disk, fleet_on(disk) as fleet:
        assert unrecorded(disk, fleet, 10, "journal lost", without("unflushed")) != []
