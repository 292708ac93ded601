"""Promise 5: out of descriptors there are fewer devices at once, and nobody is dropped."""

import contextlib
import json
import os
import resource
import subprocess
import time

import pytest

import figures
from disturbed import fleet_of, without
from fleet import device
from harness import LONG
from promptly import PATIENCE, check_in_time, repeated_when_late

LIMIT = 64
DEVICES = 1000
# By TLS, where each call takes a handshake's time on both sides.
TLS_DEVICES = 1000 if LONG else 150
TLS_WAYS = {"https": {"http": "refused"}, "redirect": {"http": "redirected"}}
CONFIG = {"concurrency": 1000, "network": {"connect_rate": 0}}


def lower_limit():
    resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, LIMIT))


def fleet_of_many(count=DEVICES, latency_ms=5, **settings):
    settings = {"latency_ms": {"*": latency_ms}, **settings}
    return fleet_of([device("Neu", **settings) for _ in range(count)], CONFIG, log=False)


def sockets_of(process):
    place = f"/proc/{process.pid}/fd"
    count = 0
    for name in os.listdir(place):
        with contextlib.suppress(FileNotFoundError):
            count += os.readlink(f"{place}/{name}").startswith("socket:")
    return count


def wait_for_sockets(process, count):
    """Until it has so many open: it is in the middle of its run."""
    deadline = time.monotonic() + PATIENCE
    while sockets_of(process) < count:
        check_in_time(process.poll() is None, f"the run was over before {count} sockets were seen")
        assert time.monotonic() < deadline
        time.sleep(0.005)


def dropped_by(fleet, status, told):
    """What is wrong with the end of a run in which every device is well, in words; empty: nothing."""
    recorded = [entry.get("stage3", {}) for entry in fleet.state.values()]
    done = sum((r.get("ota_status"), r.get("device_name")) == ("up_to_date", "Neu") for r in recorded)
    wrong = [] if done == len(recorded) else [f"{len(recorded) - done} of {len(recorded)} are not recorded as done"]
    wrong += [] if status == 0 else [f"exit status {status}"]
    wrong += [] if told == len(recorded) else [f"{told} of {len(recorded)} are told"]
    return ", ".join(wrong)


def dropped_by_command(fleet, *arguments, **options):
    run = fleet.run(*arguments, preexec_fn=lower_limit, timeout=120, **options)
    return dropped_by(fleet, run.exit, sum("Neu)" in line for line in run.lines))


@pytest.mark.parametrize("threads", ["1", "4"])
def test_command(threads):
    with fleet_of_many() as fleet:
        assert dropped_by_command(fleet, "--threads", threads) == ""
        most = fleet.sim.stop()["max_open_connections"]
    assert most < LIMIT
    figures.tell(5, f"nofile={LIMIT}, {threads} threads: {DEVICES} of {DEVICES} devices told and saved, "
                    f"at most {most} connections at once")


@pytest.mark.parametrize("way", TLS_WAYS)
def test_command_with_tls(way):
    """At the first contact, and again with all keys on record."""
    with fleet_of_many(TLS_DEVICES, tls=TLS_WAYS[way]) as fleet:
        for contact in ("first", "second"):
            assert dropped_by_command(fleet) == "", contact
            keys = fleet.sim.keys()
            assert all(entry["stage3"]["tls"]["key"] == keys[mac] for mac, entry in fleet.state.items()), contact
        most = fleet.sim.stop()["max_open_connections"]
    assert most < LIMIT
    figures.tell(5, f"nofile={LIMIT}, by TLS ({way}): {TLS_DEVICES} of {TLS_DEVICES} devices told and saved, "
                    f"with their keys, twice, at most {most} connections at once")


def test_program_that_embeds_the_library():
    with fleet_of_many() as fleet:
        fleet.write_config({**CONFIG, "ip_state_file": str(fleet.state_path)})
        done = subprocess.run([os.environ["STAGE3_TORTURE_EMBEDDER"], "run", fleet.config_path], timeout=120,
                              capture_output=True, text=True, preexec_fn=lower_limit, check=False)
        assert done.stdout == f"{DEVICES} {DEVICES} 0 0 0\nsaved\n", done
        assert dropped_by(fleet, done.returncode, DEVICES) == ""
    figures.tell(5, f"nofile={LIMIT}, C interface: {DEVICES} of {DEVICES} devices told and saved")


def told_while_limit_falls(fleet, limit):
    """How many devices a run tells, all of them, that gets a limit below what it has open; it has noticed that."""
    process = fleet.start()
    wait_for_sockets(process, limit + 20)
    resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (limit, limit))
    out, err = process.communicate(timeout=300)
    told = out.count("Neu)".encode())
    assert dropped_by(fleet, process.returncode, told) == "", err.decode()[-500:]
    assert b"out of file descriptors" in err, "the limit did not matter"
    return told


@pytest.mark.parametrize("limit, devices", [(64, 1000), (256, 1000)] if LONG else [(64, 150)])
@repeated_when_late
def test_limit_that_falls_in_mid_run(limit, devices):
    """With more connections open than may be from now on."""
    with fleet_of_many(devices, latency_ms=200) as fleet:
        told = told_while_limit_falls(fleet, limit)
    figures.tell(5, f"nofile lowered to {limit} in mid-run: {told} of {devices} devices told and saved")


@repeated_when_late
def test_limit_that_falls_in_mid_run_with_tls():
    """In the middle of handshakes: nobody is taken for another one, or for one without TLS."""
    with fleet_of_many(TLS_DEVICES, tls={"http": "refused", "handshake_ms": 200}) as fleet:
        told = told_while_limit_falls(fleet, LIMIT)
        assert fleet.sim.stop()["requests_in_clear"] == 0
    figures.tell(5, f"nofile lowered to {LIMIT} in the middle of TLS handshakes: {told} of {TLS_DEVICES} devices told and saved")


@repeated_when_late
def test_limit_that_falls_to_next_to_nothing():
    """Calls that wait for a handful of descriptors, in the long mode too many for the patience of a run: who has waited
    too long says so, and nobody is lost."""
    count = DEVICES if LONG else 100
    with fleet_of_many(count, latency_ms=200) as fleet:
        process = fleet.start("--json")
        wait_for_sockets(process, 50)
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (24, 24))
        out, err = process.communicate(timeout=300)
        results = [json.loads(line) for line in out.splitlines()][:-1]
        failed = [result for result in results if result["outcome"] != "ok"]
        assert len(results) == count and all("out of file descriptors" in str(r["errors"]) for r in failed)
        assert process.returncode == bool(failed) and b"out of file descriptors" in err
        assert all("stage3" in entry for entry in fleet.state.values())
    figures.tell(5, f"nofile lowered to 24 in mid-run: {count} of {count} devices told and saved, {len(failed)} of "
                    "them as failed for want of descriptors")


@repeated_when_late
def test_no_descriptor_for_a_while():
    with fleet_of_many(60, latency_ms=50) as fleet:
        process = fleet.start("--concurrency", "20")
        wait_for_sockets(process, 10)
        before = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (5, before[1]))
        time.sleep(0.5)
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, before)
        out, err = process.communicate(timeout=120)
        told = out.count("Neu)".encode())
        assert dropped_by(fleet, process.returncode, told) == "", err.decode()[-500:]


@pytest.mark.parametrize("settings", [{}, {"tls": {"http": "refused"}}], ids=["http", "tls"])
def test_from_no_descriptor_on(settings):
    """Each limit is a whole run, or an error that is told before anything is sent, and leaves the file as it was."""
    statuses = []
    for limit in range(5, 40 if LONG else 20):
        with fleet_of([device("Neu", **settings) for _ in range(20)], CONFIG) as fleet:
            before = fleet.state_path.read_bytes()
            run = fleet.run(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))
            told = sum("Neu)" in line for line in run.lines)
            if run.exit == 0:
                assert dropped_by(fleet, run.exit, told) == "", (limit, run)
            else:
                assert run.exit in (2, 3) and "Too many open files" in run.err, (limit, run)
                assert fleet.state_path.read_bytes() == before
                assert fleet.requests() == [], (limit, run)
        statuses.append(run.exit)
    assert statuses == sorted(statuses, key=bool, reverse=True) and 0 in statuses and 3 in statuses, statuses


def test_devices_that_are_blamed_are_noticed():
    with fleet_of_many(300, latency_ms=50) as fleet:
        assert dropped_by_command(fleet, env=without("device-is-blamed")) != ""
