"""An update is written down before it is sent: whoever kills a run, at whichever moment, the next ones know of every update that
a device has started, and send none a second time."""

import json
import os
import random
import re
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import figures
import straced
from disturbed import fleet_of
from fleet import CLI, device
from harness import LONG
from straced import needs_strace
from updates import judged, offering

DEADLINE = 600
CONFIG = {"ota": {"mode": "check_and_update", "rate": 0, "deadline": DEADLINE}}
# In which all that was sent has ended, one way or another.
AFTERWARDS = {"ota": {**CONFIG["ota"], "deadline": 1}}
HEEDLESS = os.environ["STAGE3_TORTURE_HEEDLESS"]
KILLS = 10_000 if LONG else 60
# As many devices as a simulator is quickly told about one by one.
AT_A_TIME = 1000
# Of the calls of a run every so manieth is the last one, and each that brings something to the disk or to the device.
EVERY = 1 if LONG else 9
TELLING = ("renameat2", "renameat", "rename", "fsync", "fdatasync", "sendto", "connect", "linkat")


SAVING = ("openat", "write", "pwrite64", "fsync", "fdatasync", "rename", "renameat", "renameat2", "linkat", "unlinkat", "fchmod",
          "fchown", "copy_file_range", "flock", "ftruncate")


# Killed while the device is away for its update: what was learnt before has come by no result yet.
WAITING = {"ota": {**CONFIG["ota"], "wait": True, "quiet": 60}}


def at_once(number):
    """Updates that are over when they have begun. Every other device stays as it was, and so would take another one."""
    return device(ver="1.7.1", update=offering(apply_seconds=0, reboot_seconds=0,
                                               result="discard" if number % 2 else "install"))


class Places:
    """A directory for each device of a fleet, with a state file of its own for a run that is killed."""

    def __init__(self, fleet):
        self.fleet = fleet
        self.entries = fleet.entries()

    def make(self, index):
        place = self.fleet.dir / f"kill{index}"
        (place / "data").mkdir(parents=True)
        shutil.copy(self.fleet.config_path, place / "data")
        entry = self.entries[self.fleet.macs[index]]
        (place / "data" / "ip_state.json").write_text(json.dumps({self.fleet.macs[index]: entry}))
        return place

    def take(self, index, place):
        """What the run has left of its entry: whatever it was doing, the file is whole."""
        state = json.loads((place / "data" / "ip_state.json").read_text())
        shutil.rmtree(place)
        return state[self.fleet.macs[index]]


def trace_of(fleet, command):
    """The calls of an undisturbed run, from its update check on: (name, how many of that name came before it)."""
    places = Places(fleet)
    place = places.make(0)
    log = fleet.dir / "strace.log"
    subprocess.run([straced.STRACE, "--quiet=all", "-f", "-s", "200", "-o", str(log), *command], cwd=place,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    places.take(0, place)
    counts, calls, has_checked = {}, [], False
    for pid, name, rest in re.findall(r"^(\d+) +(\w+)\((.*)$", log.read_text(errors="replace"), re.M):
        counts[pid, name] = counts.get((pid, name), 0) + 1
        has_checked = has_checked or "Shelly.CheckForUpdate" in rest
        if has_checked:
            calls.append((name, counts[pid, name]))
    return calls


def killed_at(call):
    """The words in front of a command that dies before that call."""
    name, number = call
    return [straced.STRACE, "--quiet=all", "-f", "-o", "/dev/null", "-e", f"inject={name}:signal=KILL:when={number}"]


def failing_at(call):
    """The words in front of a command of which that call fails, and no other."""
    name, number = call
    return [straced.STRACE, "--quiet=all", "-f", "-o", "/dev/null", "-e", f"inject={name}:error=EIO:when={number}"]


def killed_in_between(seconds):
    return ["timeout", "--signal=KILL", f"{seconds:.4f}"]


def run_killed(fleet, prefixes, command):
    """A run over one device for each of these words in front of the command. What they have left, by MAC."""
    places = Places(fleet)

    def run(numbered):
        index, prefix = numbered
        place = places.make(index)
        subprocess.run([*prefix, *command], cwd=place, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=False)
        return places.take(index, place)

    with ThreadPoolExecutor(4) as pool:
        return dict(zip(fleet.macs[1:], pool.map(run, enumerate(prefixes, 1))))


def started(fleet):
    time.sleep(0.1)
    return {request["mac"] for request in fleet.sim.log() if "started" in request}


def untrue(fleet, has_started):
    """Records that say something else than what a device has done."""
    wrong = []
    state = fleet.state
    for index, mac in enumerate(fleet.macs):
        if mac not in state:  # the one of the undisturbed run
            continue
        record = state[mac]["stage3"].get("ota", {})
        should = "unchanged" if index % 2 or mac not in has_started else "updated"
        doubt = "may have started" in record.get("error", "")
        if record.get("state") != should or record.get("attempts") != 1 or (mac not in has_started and not doubt):
            wrong.append(f"{mac}: {record}, it has {'' if mac in has_started else 'not '}started")
    return wrong


def find_wrong(prefixes, command):
    """Runs are killed, then there is another one at once, and one after the deadline. What was wrong, and how often a run was
    killed (before it had written an update down, before it had sent it, afterwards)."""
    with fleet_of([at_once(number) for number in range(len(prefixes) + 1)], CONFIG) as fleet:
        left = run_killed(fleet, prefixes, command)
        sent = started(fleet)
        written = {mac for mac, entry in left.items() if "ota" in entry.get("stage3", {})}
        kinds = (len(set(left) - written - sent), len(written - sent), len(written & sent))
        fleet.write_state(left)
        assert fleet.run().exit == 0
        time.sleep(1)
        fleet.write_config(AFTERWARDS)
        fleet.run()
        return judged(fleet, DEADLINE), untrue(fleet, started(fleet)), kinds


@pytest.fixture(scope="module", name="calls")
def fixture_calls():
    with fleet_of([at_once(0)], CONFIG) as fleet:
        return trace_of(fleet, [CLI, "--threads", "1"])


def some_of(calls):
    return [call for number, call in enumerate(calls) if number % EVERY == 0 or call[0] in TELLING]


@needs_strace
def test_killed_before_each_call(calls):
    chosen = some_of(calls)
    twice, wrong, kinds = find_wrong([killed_at(call) for call in chosen], [CLI, "--threads", "1"])
    assert (twice, wrong) == ([], [])
    assert min(kinds) > 0, "no run was killed at the moments that matter"
    figures.tell(16, f"SIGKILL before each of {len(chosen)} calls from the update check on: "
                     f"{kinds[0]} before it was written down, {kinds[1]} before it was sent, {kinds[2]} afterwards; "
                     "0 sent twice")
    figures.tell(25, f"SIGKILL before each of {len(chosen)} calls from the update check on, then two more runs: 0 records untrue")


@needs_strace
def test_failing_at_each_call_of_a_save(calls):
    """An update whose record is not on the disk for certain is not sent."""
    chosen = [call for call in calls if call[0] in SAVING]
    twice, wrong, kinds = find_wrong([failing_at(call) for call in chosen], [CLI, "--threads", "1"])
    assert (twice, wrong) == ([], [])
    assert len(chosen) > 10 and kinds[2] > 0
    figures.tell(16, f"each of {len(chosen)} calls of a save fails: {kinds[0]} not written down and not sent, {kinds[2]} both; "
                     "0 sent that were not written down")


def test_killed_at_any_moment():
    kinds = (0, 0, 0)
    for begin in range(0, KILLS, AT_A_TIME):
        count = min(AT_A_TIME, KILLS - begin)
        chance = random.Random(begin)
        twice, wrong, more = find_wrong([killed_in_between(chance.uniform(0, 0.4)) for _ in range(count)], [CLI])
        assert (twice, wrong) == ([], []), f"from {begin} on"
        kinds = tuple(map(sum, zip(kinds, more)))
    assert kinds[0] > 0 and kinds[2] > 0
    figures.tell(16, f"SIGKILL at {KILLS} moments: {kinds[0]} before it was written down, {kinds[1]} before it was sent, "
                     f"{kinds[2]} afterwards; 0 sent twice")
    figures.tell(25, f"SIGKILL at {KILLS} moments, then two more runs: 0 records untrue")


def forgotten_keys(count, command):
    """Runs that learn their device's key are killed at any moment. Devices that have started an update and whose key is not on
    record, and how many have started one."""
    chance = random.Random(count)
    with fleet_of([device(ver="1.7.1", tls={"http": "redirected"}, update=offering(apply_seconds=0, reboot_seconds=0))
                   for _ in range(count + 1)], WAITING) as fleet:
        left = run_killed(fleet, [killed_in_between(chance.uniform(0, 1.5)) for _ in range(count)], command)
        sent, keys = started(fleet), fleet.sim.keys()
        return [mac for mac in sent if left[mac].get("stage3", {}).get("tls", {}).get("key") != keys[mac]], len(sent)


def test_the_key_of_a_device_is_on_record_before_its_update_is_sent():
    count = KILLS // 5
    forgotten, sent = forgotten_keys(count, [CLI])
    assert (forgotten, sent > 0) == ([], True)
    figures.tell(26, f"SIGKILL at {count} moments of runs that learn a key, {sent} of them with an update sent: "
                     "0 keys not on record")


def test_who_sends_before_the_key_is_on_record_is_noticed():
    forgotten, _ = forgotten_keys(6, [HEEDLESS])
    assert forgotten != []


@needs_strace
def test_who_sends_before_it_writes_is_noticed():
    with fleet_of([at_once(0)], CONFIG) as fleet:
        calls = trace_of(fleet, [HEEDLESS])
    twice, wrong, _ = find_wrong([killed_at(call) for call in some_of(calls)], [HEEDLESS])
    assert twice != []
