"""Promise 24: who does not read the output does not stop the saving; and what had arrived meanwhile counts as arrived."""

import contextlib
import fcntl
import json
import os
import signal
import time
from collections import Counter

import pytest

import figures
from disturbed import fleet_of, heed_signals
from fleet import device
from harness import LONG
from promptly import PATIENCE, check_within, repeated_when_late
from terminal import open_terminal

STALL = 30 if LONG else 2
STOP = 10 if LONG else 4
ON_DISK_WITHIN = 12  # seconds from the arrival of a result
DEVICES = 300
PIPE = 4096  # bytes: full after some fifty lines
# What a device is asked: who it is, its new name, and that name once more.
CALLS = ("Shelly.GetDeviceInfo", "Sys.SetConfig", "Shelly.GetDeviceInfo")
TIMEOUT = 3  # less than a stall of the long mode and a stop, and more than a busy machine needs
CONFIG = {"ota": {"enabled": False}, "concurrency": 60}


@contextlib.contextmanager
def fleet_with_a_lot_to_say(devices=DEVICES, latency_ms=100, timeout=TIMEOUT):
    config = {**CONFIG, "timeouts": {"reach": timeout, "rpc": timeout}}
    with fleet_of([device("Neu", latency_ms={"*": latency_ms}) for _ in range(devices)], config) as fleet:
        yield fleet


def recorded(fleet):
    return sum("stage3" in entry for entry in fleet.state.values())


def lock_is_free(fleet):
    with open(fleet.state_path.with_name("ip_state.json.run.lock"), "r+b") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except OSError:
            return False


def wait_until(condition, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def all_asked(fleet):
    return len(fleet.sim.log()) >= len(CALLS) * len(fleet.macs)


def saved_without_a_reader(fleet, patience=20, within=ON_DISK_WITHIN):
    """What is wrong while nobody reads: empty if all is saved in time, and the next run may begin."""
    if not wait_until(lambda: all_asked(fleet), patience):
        return f"only {len(fleet.requests())} requests were made: the run waits for its reader"
    if not wait_until(lambda: recorded(fleet) == len(fleet.macs), within):
        return f"{recorded(fleet)} of {len(fleet.macs)} results on disk {within} s after the last answer"
    if not wait_until(lambda: lock_is_free(fleet), within):
        return "the run lock is still held"
    return ""


def repeated(fleet):
    """Devices that were asked something once more: an answer was taken for lost."""
    calls = {mac: [] for mac in fleet.macs}
    for request in fleet.requests():
        calls[request["mac"]].append(request["rpc"])
    return {mac: asked for mac, asked in calls.items() if asked != list(CALLS)}


def like_a_job():
    """Of a shell: in a group of its own. Where there is no shell above it, SIGTSTP is dropped."""
    heed_signals()
    os.setpgid(0, 0)


@contextlib.contextmanager
def started(fleet, *arguments, err_too=False, stdout=None):
    """The command with a small pipe for its output, and the end that is read."""
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, PIPE)
    options = {"stderr": write} if err_too else {}
    process = fleet.start(*arguments, stdout=stdout or write, preexec_fn=like_a_job, **options)
    os.close(write)
    try:
        yield process, read
    finally:
        with contextlib.suppress(OSError):
            os.close(read)
        process.kill()
        process.wait()


def read_all(descriptor, seconds=60):
    text = b""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            piece = os.read(descriptor, 65536)
        except OSError:  # a terminal whose other end is closed
            piece = b""
        if not piece:
            break
        text += piece
    return text.decode()


def told_all(output, devices=DEVICES):
    return output.count("Neu)") == devices and f"total={devices} ok={devices} failed=0" in output


@pytest.mark.parametrize("err_too", [False, True])
def test_reader_that_stalls(err_too):
    with fleet_with_a_lot_to_say() as fleet, started(fleet, err_too=err_too) as (process, read):
        began = time.monotonic()
        wrong = saved_without_a_reader(fleet)
        time.sleep(max(0.0, STALL - (time.monotonic() - began)))
        output = read_all(read)
        assert wrong == "", wrong
        assert process.wait(PATIENCE) == 0 and told_all(output), output[-500:]
        assert repeated(fleet) == {}, "answers that had arrived were asked for once more"
    figures.tell(24, f"{DEVICES} devices, nobody reads the output for {STALL} s: all saved, 0 calls repeated, lock free")


def test_reader_that_stalls_in_mid_run():
    """Reads the first lines, then no more while devices are still to be asked."""
    with fleet_with_a_lot_to_say() as fleet, started(fleet, "--json") as (process, read):
        first = os.read(read, 2000).decode()
        wrong = saved_without_a_reader(fleet)
        output = first + read_all(read)
        assert wrong == "", wrong
        assert process.wait(PATIENCE) == 0 and output.count('"type":"device"') == DEVICES
        outcomes = Counter(json.loads(line).get("outcome") for line in output.splitlines())
        assert outcomes["ok"] == DEVICES and repeated(fleet) == {}, outcomes


def slowest_way_to_disk(fleet, process):
    """In seconds from the last call to a device."""
    asked, on_disk = {}, {}
    while len(on_disk) < len(fleet.macs):
        is_last = process.poll() is not None
        now = time.monotonic()
        counts = Counter(request["mac"] for request in fleet.sim.log())
        for mac in fleet.macs:
            if counts[mac] == len(CALLS):
                asked.setdefault(mac, now)
            if "stage3" in fleet.state[mac]:
                on_disk.setdefault(mac, now)
        overdue = [mac for mac, then in asked.items() if mac not in on_disk and now - then > ON_DISK_WITHIN + 1]
        assert not overdue, f"not on disk after {ON_DISK_WITHIN} s: {len(overdue)} results"
        assert not is_last or len(on_disk) == len(fleet.macs), "the run has ended, and not all results are on disk"
        time.sleep(0.1)
    return max(on_disk[mac] - asked.get(mac, on_disk[mac]) for mac in on_disk)


def test_results_of_a_slow_run_reach_the_disk_in_time():
    """In the long mode one of half a minute, so that there have to be checkpoints."""
    devices = 120 if LONG else 12
    with fleet_of([device("Neu", latency_ms={"*": 400}) for _ in range(devices)], {**CONFIG, "concurrency": 4}) as fleet, \
            started(fleet) as (process, read):
        slowest = slowest_way_to_disk(fleet, process)
        assert told_all(read_all(read), devices) and process.wait(PATIENCE) == 0
    figures.tell(24, f"nobody reads the output of {devices} slow devices: each result on disk within {slowest:.1f} s")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM] if LONG else [signal.SIGINT])
@repeated_when_late
def test_signal_while_the_reader_stalls(number):
    """Ends within moments, with all that is known in the file, although nobody ever reads."""
    with fleet_with_a_lot_to_say() as fleet, started(fleet) as (process, _):
        fleet.sim.wait_for(DEVICES // 2, rpc="Sys.SetConfig")
        begin = time.monotonic()
        process.send_signal(number)
        assert process.wait(PATIENCE) == 128 + number
        check_within(5, time.monotonic() - begin)
        assert lock_is_free(fleet) and recorded(fleet) > 0


def test_terminal_that_is_held():
    """Ctrl-S, and after a while Ctrl-Q."""
    master, slave = open_terminal()
    with fleet_with_a_lot_to_say() as fleet, started(fleet, stdout=slave) as (process, _):
        os.close(slave)
        os.write(master, b"\x13")
        wrong = saved_without_a_reader(fleet)
        os.write(master, b"\x11")
        output = read_all(master)
        os.close(master)
        assert wrong == "", wrong
        assert process.wait(PATIENCE) == 0 and told_all(output), output[-500:]
        assert repeated(fleet) == {}
    figures.tell(24, f"{DEVICES} devices on a terminal that is held by Ctrl-S: all saved, 0 calls repeated, lock free")


@pytest.mark.parametrize("number", [signal.SIGTSTP, signal.SIGSTOP] if LONG else [signal.SIGTSTP])
def test_process_that_is_stopped(number):
    """Ctrl-Z, longer than any time limit, and back: what had arrived meanwhile is no timeout. Each time all devices have just
    got the same call, and answer it while the process stands still."""
    with fleet_with_a_lot_to_say(40, latency_ms=700) as fleet, started(fleet) as (process, read):
        for calls in (40, 80, 120) if LONG else (80,):
            fleet.sim.wait_for(calls)
            process.send_signal(number)
            stopped = time.monotonic()
            time.sleep(STOP)
            assert open(f"/proc/{process.pid}/stat", encoding="ascii").read().split()[2] == "T", "it was not stopped"
            process.send_signal(signal.SIGCONT)
            assert time.monotonic() - stopped > TIMEOUT
        output = read_all(read)
        assert process.wait(PATIENCE) == 0 and told_all(output, 40), output[-800:]
        assert repeated(fleet) == {} and recorded(fleet) == 40
    figures.tell(24, f"40 devices, stopped for {STOP} s by {signal.Signals(number).name}: "
                     "no answer that had arrived counts as a timeout")


def test_process_that_stands_still_is_noticed():
    with fleet_with_a_lot_to_say() as fleet, started(fleet) as (process, _):
        fleet.sim.wait_for(1)
        process.send_signal(signal.SIGSTOP)
        assert saved_without_a_reader(fleet, patience=1, within=0) != ""


def test_answers_that_do_not_arrive_are_noticed():
    with fleet_with_a_lot_to_say(5, latency_ms=1_000, timeout=0.3) as fleet, started(fleet) as (process, read):
        output = read_all(read)
        assert process.wait(PATIENCE) == 0 and not told_all(output, 5) and repeated(fleet) != {}
