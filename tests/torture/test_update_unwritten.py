"""What cannot be written down is not sent: the state file becomes impossible to save, or loses the device, right before."""

import contextlib
import json
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

import figures
import mounts
from fleet import Fleet, device
from privileges import as_nobody, public_fleet
from promptly import PATIENCE
from test_room import fill
from updates import offering

CHECK, UPDATE = "Shelly.CheckForUpdate", "Shelly.Update"
CONFIG = {"ota": {"mode": "check_and_update", "rate": 0}}
DEVICES = 4


@pytest.fixture(scope="module", autouse=True)
def own_mounts():
    mounts.needs_mounts()


def waiting():
    """Devices that take so long to say what they are offered that something can happen meanwhile."""
    return [device(ver="1.7.1", latency_ms={CHECK: 1500}, update=offering()) for _ in range(DEVICES)]


@contextlib.contextmanager
def on_small_disk():
    with mounts.tmpfs("size=2m") as place:
        with contextlib.closing(Fleet(place, waiting(), CONFIG)) as fleet:
            yield fleet, ()


@contextlib.contextmanager
def of_nobody():
    with public_fleet(waiting(), CONFIG) as fleet:
        yield fleet, as_nobody()


def replace(fleet, state):
    new = fleet.state_path.with_suffix(".json.tmp")
    new.write_text(json.dumps(state))
    os.replace(new, fleet.state_path)


def close_directory(fleet):
    fleet.state_path.parent.chmod(0o555)


def take_one_out(fleet):
    replace(fleet, {mac: entry for mac, entry in fleet.state.items() if mac != fleet.macs[0]})


def give_one_a_rival(fleet):
    """By now nobody can say which of two entries is meant."""
    state = fleet.state
    replace(fleet, {**state, fleet.macs[0].lower(): {"ip": "127.9.9.9"}})


# What happens, where, which devices are sent their update all the same, and how the run ends.
OBSTACLES = {
    "the disk is full": (on_small_disk, lambda fleet: fill(fleet.dir, 0), (), 3),
    "the directory is read-only": (of_nobody, close_directory, (), 3),
    "the file is gone": (on_small_disk, lambda fleet: fleet.state_path.unlink(), (), 3),
    "the entry has vanished": (on_small_disk, take_one_out, (1, 2, 3), 0),
    "the entry has got a rival": (on_small_disk, give_one_a_rival, (1, 2, 3), 3),
}


def run_into(obstacle):
    """(exit status, indices of the devices that got an update, what was told, what is in the file)."""
    make, happens, _, _ = OBSTACLES[obstacle]
    with make() as (fleet, prefix):
        process = fleet.start("--json", prefix=prefix)
        fleet.sim.wait_for(DEVICES, rpc=CHECK)
        happens(fleet)
        out, errors = process.communicate(timeout=PATIENCE)
        sent = [fleet.macs.index(request["mac"]) for request in fleet.requests(rpc=UPDATE)]
        told = {one["mac"]: one for one in map(json.loads, out.splitlines()) if one["type"] == "device"}
        with contextlib.suppress(FileNotFoundError):
            state = fleet.state
            return process.returncode, sorted(sent), [told[mac] for mac in fleet.macs], [state.get(mac) for mac in fleet.macs], errors
        return process.returncode, sorted(sent), [told[mac] for mac in fleet.macs], None, errors


@pytest.fixture(scope="module", name="ended")
def fixture_ended(own_mounts):
    """All at the same time: what they do is mostly wait."""
    with ThreadPoolExecutor(len(OBSTACLES)) as pool:
        return dict(zip(OBSTACLES, pool.map(run_into, OBSTACLES)))


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_nothing_is_sent(ended, obstacle):
    _, _, allowed, wanted = OBSTACLES[obstacle]
    status, sent, told, state, errors = ended[obstacle]
    assert (status, sent) == (wanted, list(allowed)), errors
    # A run that has found out before it was the update's turn has stopped by then.
    reasons = {"it could not be written down", None} if allowed == () else {"it could not be written down"}
    for index, one in enumerate(told):
        assert one["update_sent"] == (index in allowed)
        if index in allowed:
            assert state[index]["stage3"]["ota"]["state"] == "sent"
            continue
        assert one["update_held"] and one.get("held") in reasons, one
        assert "ota" not in one or one["ota"] is None
        assert state is None or state[index] is None or "ota" not in state[index].get("stage3", {})
    figures.tell(16, f"right before the send {obstacle}: 0 updates sent that were not written down")
