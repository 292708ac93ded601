"""Ctrl-C and the other ways to stop a run."""

import signal
import subprocess
import time

import pytest

from fleet import device
from promptly import PATIENCE, check_in_time, check_within, repeated_when_late

STOPPED = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


def busy_fleet(make_fleet, quick=5):
    """Some devices that finish at once and more that take long."""
    return make_fleet([device("Neu") for _ in range(quick)] + [device("Neu", latency_ms={"*": 5000})] * 5,
                      {"timeouts": {"rpc": 20, "reach": 20}})


def wait_until_quick_ones_are_done(process, quick=5):
    for _ in range(quick):
        assert process.stdout.readline().startswith("●".encode())


@pytest.mark.parametrize("number", STOPPED)
@pytest.mark.parametrize("threads", ["1", "4"])
@repeated_when_late
def test_stop_saves_what_is_known_within_a_second(make_fleet, number, threads):
    fleet = busy_fleet(make_fleet)
    process = fleet.start("--threads", threads)
    wait_until_quick_ones_are_done(process)
    begin = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)
    check_within(1.6, time.monotonic() - begin)
    assert process.returncode == STOPPED[number]
    assert out.decode() == "Stage 3 summary: total=5 ok=5 failed=0 names=5 cancelled=5\n"
    assert "not processed: 5 of 10 devices" in err.decode()
    assert [bool(fleet.recorded(i)) for i in range(10)] == [True] * 5 + [False] * 5


def test_log_of_a_stopped_run_says_what_is_missing(make_fleet):
    fleet = make_fleet([device("Neu"), device("Neu", latency_ms={"*": 5000})],
                       {"timeouts": {"rpc": 20, "reach": 20}, "logging": {"base_path": "log.txt"}})
    process = fleet.start()
    wait_until_quick_ones_are_done(process, 1)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    lines = [line[21:] for line in (fleet.dir / "log.txt").read_text().splitlines()]
    assert lines[1].startswith("●") and len(lines) == 5
    assert lines[2:4] == ["stopped by a signal (Interrupt); not processed: 1 of 2 devices",
                          "Stage 3 summary: total=1 ok=1 failed=0 names=1 cancelled=1"]


@repeated_when_late
def test_no_device_is_started_after_the_signal(make_fleet):
    fleet = make_fleet([device(latency_ms={"*": 300}) for _ in range(50)])
    process = fleet.start("--concurrency", "5")
    fleet.sim.wait_for(5)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    asked = {request["mac"] for request in fleet.requests()}
    # A signal that comes late finds that others have begun.
    check_in_time(len(asked) <= 15, f"{len(asked)} devices were asked")


@repeated_when_late
def test_devices_in_flight_may_finish(make_fleet):
    fleet = make_fleet([device("Neu", latency_ms={"*": 60})])
    process = fleet.start()
    fleet.sim.wait_for(1)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    check_in_time(b"Neu)" in out, "it has not finished in the time that it is given")
    assert fleet.recorded()["device_name"] == "Neu"


@repeated_when_late
def test_second_signal_ends_at_once(make_fleet):
    fleet = busy_fleet(make_fleet, quick=1)
    process = fleet.start()
    wait_until_quick_ones_are_done(process, quick=1)
    before = fleet.state_path.read_bytes()
    process.send_signal(signal.SIGINT)
    time.sleep(0.1)
    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    check_within(0.4, time.monotonic() - begin)
    assert process.returncode == -signal.SIGINT
    assert fleet.state_path.read_bytes() == before


def test_signal_comes_before_a_failed_device(make_fleet):
    fleet = make_fleet([device(kind="gen1"), device(latency_ms={"*": 5000})], {"timeouts": {"rpc": 20, "reach": 20}})
    process = fleet.start()
    wait_until_quick_ones_are_done(process, quick=1)
    process.terminate()
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 143


def test_cancelled_devices_in_json(make_fleet):
    fleet = busy_fleet(make_fleet, quick=1)
    process = fleet.start("--json")
    first = process.stdout.readline()
    assert b'"outcome":"ok"' in first, (first, process.communicate(timeout=PATIENCE))
    process.terminate()
    out, _ = process.communicate(timeout=PATIENCE)
    assert out.count(b'"outcome":"cancelled"') == 5
    assert b'"total":1' in out.splitlines()[-1] and b'"cancelled":5' in out.splitlines()[-1]


def test_ignored_hangup_stays_ignored(make_fleet):
    fleet = make_fleet([device("Neu", latency_ms={"*": 150})])
    process = fleet.start(preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    fleet.sim.wait_for(1)
    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert fleet.recorded()["device_name"] == "Neu"


def test_update_under_way_is_told(make_fleet):
    hang = {"kind": "hang", "rpc": "Shelly.Update", "executed": True}
    fleet = make_fleet([device(update={"stable": "9.0.0"}, faults=[hang])], {"ota": {"mode": "check_and_update"}})
    process = fleet.start()
    fleet.sim.wait_for(1, rpc="Shelly.Update")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert fleet.recorded()["error"] == "OTA: may have started, no answer"


def test_stop_while_nobody_reads_the_output(make_fleet):
    fleet = make_fleet([device("N" * 60, entry={"model": "M" * 20}) for _ in range(800)])
    process = fleet.start("--json")
    fleet.sim.wait_for(3200)
    time.sleep(0.3)
    assert process.poll() is None, "the output was to fill the pipe"
    process.send_signal(signal.SIGINT)
    process.wait(timeout=PATIENCE)
    process.stdout.close()
    process.stderr.close()
    assert process.returncode == 130
    assert all("stage3" in entry for entry in fleet.state.values())


def test_killed_run_leaves_a_whole_file(make_fleet):
    fleet = make_fleet([device("Neu") for _ in range(30)])
    for delay in (0.01, 0.02, 0.04, 0.06, 0.08, 0.1):
        process = fleet.start(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(delay)
        process.kill()
        process.wait(timeout=PATIENCE)
        assert len(fleet.state) == 30
    assert fleet.run().exit == 0
