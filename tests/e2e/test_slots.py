"""Firmware 2.0 whose 32 nonce slots are full: what it is asked, how often, and what its pause costs others."""

import socket
import subprocess

import pytest

from fleet import device
from promptly import PATIENCE, check_in_time, check_within, repeated_when_late

INFO, WRITE, CHECK = "Shelly.GetDeviceInfo", "Sys.SetConfig", "Shelly.CheckForUpdate"
STATUS, UPDATE = "Sys.GetStatus", "Shelly.Update"
# What is asked without a login, to be challenged: it changes nothing.
QUESTION = "Sys.GetConfig"
FULL = 32
INSTALL = {"ota": {"mode": "check_and_update"}}


def locked(wanted=None, auth=None, **settings):
    """A device that polls of another program have left without a free slot, unless `auth` says otherwise."""
    return device(wanted, ver="2.0.0", auth={"password": "geheim", "slots_used": FULL, **(auth or {})}, **settings)


@pytest.fixture(name="make_locked")
def make_locked_fixture(make_fleet):
    def make(devices, config=None):
        fleet = make_fleet(devices, {"auth": {"secrets_file": "secrets.yaml"}, **(config or {})})
        path = fleet.dir / "secrets.yaml"
        path.write_text("shelly: {password: geheim}\n")
        path.chmod(0o600)
        return fleet
    return make


def guarded(fleet, index=0):
    """The requests that may be asked for a login."""
    return [request for request in fleet.requests(index) if request["rpc"] != INFO]


def kinds(requests):
    return [(request["rpc"], request["auth"], request["status"]) for request in requests]


@repeated_when_late
def test_fleet_with_full_slots(make_locked):
    fleet = make_locked([locked("Neu" if i % 2 else None) for i in range(50)])
    run = fleet.run()
    assert run.exit == 0 and run.summary == "Stage 3 summary: total=50 ok=50 failed=0 names=25"
    for index in range(50):
        requests = guarded(fleet, index)
        if index % 2:
            assert kinds(requests) == [(WRITE, None, 429), (QUESTION, None, 401), (WRITE, "Digest", 200),
                                       (CHECK, "Digest", 200)]
        else:
            assert kinds(requests) == [(CHECK, None, 429), (QUESTION, None, 401), (CHECK, "Digest", 200)]
        assert 2 <= requests[1]["t"] - requests[0]["t"]
    assert fleet.sim.stop()["names_written"] == 25
    check_within(20, run.seconds)  # the devices pause at the same time


def test_last_free_slot_serves_the_whole_run(make_locked):
    fleet = make_locked([locked("Neu", {"slots_used": FULL - 1}, update={"stable": "9.0.0"})], INSTALL)
    assert fleet.run().summary.endswith(" updates=1 names=1")
    assert kinds(guarded(fleet)) == [(WRITE, None, 401), (WRITE, "Digest", 200), (CHECK, "Digest", 200),
                                     (STATUS, "Digest", 200), (UPDATE, "Digest", 200)]


def test_nonce_lost_in_mid_run_costs_no_second_update(make_locked):
    lost_after = [1, 2, 3]
    fleet = make_locked([locked("Neu", {"slots_used": 0, "lost_after": count}, update={"stable": "9.0.0"})
                         for count in lost_after], INSTALL)
    run = fleet.run()
    assert run.exit == 0 and run.summary.endswith(" updates=3 names=3"), run
    for index, count in enumerate(lost_after):
        lost = [WRITE, CHECK, STATUS, UPDATE][count]
        assert kinds(guarded(fleet, index))[count + 1:count + 5] == [
            (lost, "Digest", 429), (QUESTION, None, 429), (QUESTION, None, 401), (lost, "Digest", 200)]
        assert [r["rpc"] for r in fleet.requests(index, accepted=True)] == [WRITE, CHECK, STATUS, UPDATE]
    summary = fleet.sim.stop()
    assert (summary["names_written"], summary["updates_accepted"]) == (3, 3)


@repeated_when_late
def test_full_slots_for_ever(make_locked):
    for_ever, offered = {"frees_slots": False}, {"stable": "9.0.0"}
    lost = [{**for_ever, "slots_used": 0, "lost_after": count} for count in (1, 2)]
    fleet = make_locked([locked(None, for_ever, update=offered), locked("Neu", for_ever, update=offered),
                         *(locked(None, auth, update=offered) for auth in lost)], INSTALL)
    run = fleet.run()
    assert run.exit == 1 and run.summary == "Stage 3 summary: total=4 ok=0 failed=4"
    check_within(20, run.seconds)
    for index in range(4):
        assert fleet.recorded(index)["error"].startswith("auth: HTTP 429")
        assert fleet.recorded(index)["ota_status"] == "error"
    assert kinds(guarded(fleet, 0)) == [(CHECK, None, 429), (QUESTION, None, 429)]
    assert kinds(guarded(fleet, 1))[:2] == [(WRITE, None, 429), (QUESTION, None, 429)]
    assert len(guarded(fleet, 1)) <= 3, "one pause a device"
    assert fleet.recorded(1)["friendly_status"] == "error"
    for index, refused in ((2, STATUS), (3, UPDATE)):
        assert kinds(guarded(fleet, index))[index:] == [(refused, "Digest", 429), (QUESTION, None, 429), (QUESTION, None, 429)]
    summary = fleet.sim.stop()
    assert (summary["names_written"], summary["updates_accepted"]) == (0, 0)


def test_wrong_password_on_full_slots_goes_out_exactly_once(make_locked):
    fleet = make_locked([locked("Neu", {"password": "another"})])
    run = fleet.run()
    assert run.exit == 1 and fleet.recorded()["error"] == "auth: login refused"
    assert [r["status"] for r in fleet.requests() if r["auth"] is not None] == [401]


@repeated_when_late
def test_others_are_served_while_a_device_pauses(make_locked):
    fleet = make_locked([locked(), device()])
    assert fleet.run("--concurrency", "1").exit == 0
    before, after = [r["t"] for r in guarded(fleet, 0)][:2]
    check_in_time(all(before < r["t"] < after for r in fleet.requests(1)), "not within the pause")


@repeated_when_late
def test_pauses_with_one_slot_in_flight_pass_side_by_side(make_locked):
    fleet = make_locked([locked() for _ in range(12)])
    run = fleet.run("--concurrency", "1")
    assert run.exit == 0
    check_within(12 * 2.2 / 2, run.seconds)


def connected_to(address):
    """Whether this machine has an established connection to an IPv4 `address`, with its port. All connections there are may be
    too many to look through in the time of a pause: the kernel does it."""
    command = ["ss", "-Htn", "state", "established", "dst", address]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout != ""


@repeated_when_late
def test_no_connection_is_held_during_the_pause(make_locked):
    fleet = make_locked([locked()])
    client = fleet.start()
    fleet.sim.wait_for(status=429)
    is_held = True
    while is_held:
        is_held = connected_to(fleet.addresses[0])
        answers = [r["status"] for r in fleet.requests(rpc=CHECK)]
        check_in_time(answers == [429], "held until the pause was over")
    client.communicate(timeout=PATIENCE)
    assert client.returncode == 0
    host, port = fleet.addresses[0].rsplit(":", 1)
    with socket.create_connection((host, int(port))):
        assert connected_to(fleet.addresses[0]), "one that is held is seen"
