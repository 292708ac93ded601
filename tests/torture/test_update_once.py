"""Promise 16: an update is sent at most once a device and run, whatever becomes of the request."""

import random
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import figures
import straced
from disturbed import fleet_of, heed_signals, without
from fleet import device
from harness import LONG
from promptly import PATIENCE, check_in_time, repeated_when_late
from straced import needs_strace
from wire import Wire

UPDATE = "Shelly.Update"
CONFIG = {"ota": {"mode": "check_and_update", "timeout": 0.4, "rate": 0}, "timeouts": {"rpc": 0.4, "reach": 0.4},
          "auth": {"secrets_file": "secrets.yaml"}}
PASSWORD = "geheim"
KILLS = 1000 if LONG else 40
OFFERED = {"stable": "9.9.9", "step": None, "apply_seconds": 100}
VERSIONS = ("0.14.1", "1.0.0", "1.4.4", "2.0.0")


# Faults that come with the good answer: what was asked is carried out anyway.
WITH_GOOD_ANSWER = ("drip", "headers", "truncate")


def outdated(*faults, **settings):
    faults = [{"rpc": UPDATE, **fault} for fault in faults]
    return device("Neu", **{"update": OFFERED, "faults": faults, **settings})


def faulty_devices():
    """What can become of the request, with and without effect, for ever and once."""
    kinds = [{"kind": kind} for kind in ("hang", "reset", "close", "garbage", "truncate", "endless", "redirect")]
    kinds += [{"kind": "garbage", "part": "http"}, {"kind": "drip", "interval_ms": 50}, {"kind": "headers"}]
    kinds += [{"kind": "error", "code": code, "message": "x"} for code in (-1, -103, -109, -114)]
    kinds += [{"kind": "status", "status": status, "body": body}
              for status in (200, 302, 400, 404, 408, 500, 502, 503, 504) for body in ("", "<html>", "null")]
    devices = [outdated({**kind, **({"executed": True} if executed else {}), **count})
               for kind in kinds for executed in (True, False) for count in ({}, {"count": 1})
               if kind["kind"] not in WITH_GOOD_ANSWER or not executed]
    devices += [outdated(latency_ms={UPDATE: late}) for late in (100, 380, 400, 420, 800, 3000)]
    devices += [outdated(update={**OFFERED, **more}) for more in (
        {"refusal": "no_info"}, {"refusal": "low_battery"}, {"refusal": "pending_restart"}, {"result": "discard"},
        {"apply_seconds": 0, "reboot_seconds": 100}, {"apply_seconds": 0, "reboot_seconds": 0},
        {"apply_seconds": 0, "pending_seconds": 1, "reboot_seconds": 0})]
    return devices


def locked_devices():
    """The same behind a login: wrong, refused, stale and endless challenges."""
    auth = {"password": PASSWORD}
    faults = [{"kind": "challenge", "scheme": scheme, **count} for scheme in ("basic", "md5", "ntlm", "realm")
              for count in ({}, {"count": 1}, {"from": 2})]
    faults += [{"kind": kind, "executed": True, "from": first}
               for kind in ("hang", "reset", "close") for first in (1, 2)]
    faults += [{"kind": "status", "status": status, "from": first} for status in (429, 500, 503) for first in (1, 2)]
    devices = [outdated(fault, auth=auth, ver=version) for fault in faults for version in VERSIONS]
    # Logins that count: the nonce is stale at each call in turn.
    devices += [outdated(auth={**auth, "nonce_uses": uses}, ver="2.0.0") for uses in (1, 2, 3, 4, 5)]
    devices += [outdated(auth={**auth, "slots_used": used}, ver="2.0.0") for used in (30, 31, 32)]
    devices += [outdated(auth={"password": "another"}, ver=version) for version in VERSIONS]
    # The update is the first to want a login.
    return devices + [outdated(auth=auth, ver=version, name="Neu") for version in VERSIONS]


def sent_too_often(fleet, since=0):
    """Devices that got more than one request for an update. One that was refused for its login, or for want of one, is
    none: it had no effect."""
    counts = {}
    for request in fleet.sim.log()[since:]:
        if request["rpc"] == UPDATE and not is_login_refused(request):
            counts[request["mac"]] = counts.get(request["mac"], 0) + 1
    return {mac: count for mac, count in counts.items() if count > 1}, len(counts)


def is_login_refused(request):
    """429 is the answer of a device that gets too many logins; one more try is made then, without one."""
    return request["status"] in (401, 429)


def run_counted(fleet, *arguments, **options):
    time.sleep(0.1)
    before = len(fleet.requests())
    run = fleet.run(*arguments, **options)
    time.sleep(0.1)
    too_often, updated = sent_too_often(fleet, before)
    return run, too_often, updated


def give_secrets(fleet):
    path = fleet.dir / "secrets.yaml"
    path.write_text(f"shelly: {{password: {PASSWORD}}}\n")
    path.chmod(0o600)


@pytest.mark.parametrize("devices", [faulty_devices, locked_devices])
def test_whatever_becomes_of_the_request(devices):
    with fleet_of(devices(), CONFIG) as fleet:
        give_secrets(fleet)
        for turn in range(3):
            run, too_often, updated = run_counted(fleet, "--threads", str(1 + turn))
            assert too_often == {}, run
            assert updated > len(fleet.devices) / 4 or turn > 0
        # A challenge answers no update: whoever refuses it for good sees it three times at most.
        requests = [request["mac"] for request in fleet.requests(rpc=UPDATE)]
        assert max(requests.count(mac) for mac in fleet.macs) <= 3 * 3
        count = len(fleet.devices)
    figures.tell(16, f"{count} devices that fail the update in every way, 3 runs: sent at most once a run")


def counting_wire(fleet, cut):
    """A wire that cuts connections of an update; it counts them by what it has read."""
    return Wire(fleet.sim.port, on_data=lambda data: cut and b"Shelly.Update" in data)


def updates_on(wire):
    return [bytes(data) for data in wire.sent if b"Shelly.Update" in data]


@pytest.mark.parametrize("cut", [True, False], ids=["cut", "whole"])
def test_connection_that_is_cut_before_the_device_has_read_it(cut):
    with fleet_of([outdated() for _ in range(20)], CONFIG) as fleet, counting_wire(fleet, cut) as wire:
        give_secrets(fleet)
        wire.put_into(fleet)
        run = fleet.run()
        sent = updates_on(wire)
        assert len(sent) == 20 and len(fleet.requests(rpc=UPDATE)) == (0 if cut else 20), run
        assert all(("may have started" in fleet.recorded(i).get("error", "")) == cut for i in range(20))


def test_connections_that_are_reset_at_once():
    """Each connection in turn, before a byte of it is read: an update that never arrived is sent no second time."""
    for number in range(6):
        with fleet_of([outdated()], CONFIG) as fleet, \
                Wire(fleet.sim.port, on_open=lambda n, at=number: n == at) as wire:
            give_secrets(fleet)
            wire.put_into(fleet)
            fleet.run()
            assert len(fleet.requests(rpc=UPDATE)) <= 1 and len(wire.sent) <= 8, number


@needs_strace
@pytest.mark.parametrize("call", ["sendto", "recvfrom", "connect"])
def test_killed_before_each_call_and_run_again(call):
    """Each run is one of its own: the one after the kill sends it once more only if the device still offers it."""
    kills = 0
    for nth in range(1, 40):
        with fleet_of([outdated(update={**OFFERED, "apply_seconds": 0, "reboot_seconds": 0})], CONFIG) as fleet:
            give_secrets(fleet)
            prefix = [straced.STRACE, "--quiet=all", "-f", "-o", "/dev/null",
                      "-e", f"inject={call}:signal=KILL:when={nth}"]
            killed, too_often, first = run_counted(fleet, prefix=prefix)
            assert too_often == {}
            again, too_often, second = run_counted(fleet)
            assert again.exit == 0 and too_often == {}
            assert first + second <= 1, "the device had been updated before"
            kills += killed.exit in (-9, 137)
            if killed.exit == 0:
                break
    assert kills >= 3
    figures.tell(16, f"SIGKILL before each of {kills} {call} calls, then run again: sent at most once a run")


def test_killed_at_any_moment_and_run_again():
    """On devices that never stop offering it, by runs that know of no earlier one: once a run, and no more."""
    def some(seed):
        chance = random.Random(seed)
        runs = 0
        with fleet_of([outdated({"kind": "status", "status": 200, "body": "null"}, latency_ms={"*": [0, 15]})
                       for _ in range(8)], CONFIG) as fleet:
            give_secrets(fleet)
            # A busy machine kills many before they have come so far as to send anything: then there are more of them.
            while runs < KILLS // 4 or (len(fleet.requests(rpc=UPDATE)) <= KILLS // 4 and runs < 10 * KILLS):
                before = len(fleet.requests())
                fleet.write_state(fleet.entries())
                process = fleet.start(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=heed_signals)
                time.sleep(chance.uniform(0, 0.15))
                process.send_signal(chance.choice([signal.SIGKILL, signal.SIGINT, signal.SIGTERM]))
                process.wait(timeout=PATIENCE)
                time.sleep(0.1)
                too_often, _ = sent_too_often(fleet, before)
                assert too_often == {}
                runs += 1
            return runs, len(fleet.requests(rpc=UPDATE))
    with ThreadPoolExecutor(4) as pool:
        runs, sent = map(sum, zip(*pool.map(some, range(4))))
    assert runs >= KILLS and sent > KILLS
    figures.tell(16, f"{runs} runs ended by SIGKILL, SIGINT, SIGTERM at random moments, {sent} updates sent: "
                     "at most one a device and run")


def test_two_runs_at_once():
    with fleet_of([outdated(latency_ms={"*": 30}) for _ in range(10)], CONFIG) as fleet:
        give_secrets(fleet)
        with ThreadPoolExecutor(3) as pool:
            runs = list(pool.map(lambda _: fleet.run(), range(3)))
        time.sleep(0.1)
        assert sorted(run.exit for run in runs) == [0, 75, 75], runs
        assert sent_too_often(fleet) == ({}, 10)


@repeated_when_late
def test_stopped_while_updates_wait_for_their_turn():
    config = {**CONFIG, "ota": {**CONFIG["ota"], "rate": 20}}
    with fleet_of([outdated() for _ in range(60)], config) as fleet:
        give_secrets(fleet)
        process = fleet.start(preexec_fn=heed_signals)
        fleet.sim.wait_for(5, rpc=UPDATE)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
        too_often, sent = sent_too_often(fleet)
        check_in_time(sent < 40, "the signal came when most of them had left")
        assert process.returncode == 130 and too_often == {} and sent >= 5
        recorded = sum(fleet.recorded(i).get("ota_status") == "update_available" for i in range(60))
        assert recorded >= sent


def test_entries_that_name_one_device_twice():
    with fleet_of([outdated()], CONFIG) as fleet:
        give_secrets(fleet)
        entries = fleet.entries()
        entry = entries[fleet.macs[0]]
        entries["A8032A0000FE"] = {**entry, "mac_aliases": fleet.macs[0]}
        fleet.write_state(entries)
        fleet.run()
        assert len(fleet.requests(rpc=UPDATE)) <= 1


def test_second_request_is_noticed():
    with fleet_of([outdated() for _ in range(5)], CONFIG) as fleet:
        give_secrets(fleet)
        _, too_often, _ = run_counted(fleet, env=without("update-twice"))
        assert len(too_often) == 5
