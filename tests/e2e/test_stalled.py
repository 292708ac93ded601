"""Who does not read the output, or a log that cannot be written for now, stops neither the run nor its saving."""

import json
import os
import select
import signal
import subprocess
import termios
import time

import pytest

from fleet import device
from promptly import PATIENCE, check_in_time, check_within, repeated_when_late
from preloaded import disturbed
from terminal import open_terminal

LONG = os.environ.get("STAGE3_LONG") == "1"
MANY = 150  # whose lines fit neither into a small pipe nor into a terminal
MORE = 700  # after 500 results there is a checkpoint
PIPE = 4096  # bytes: the smallest there is
AT_ONCE = {"network": {"connect_rate": 0}, "timeouts": {"reach": 60, "rpc": 60, "ping": 5}}


def many(make_fleet, *others, config=None, count=MANY):
    # The names make the lines longer than a pipe takes.
    quick = [device("N" * 60, entry={"model": "M" * 20}, name="N" * 60) for _ in range(count)]
    return make_fleet([*quick, *others], {**AT_ONCE, **(config or {})})


def saved(fleet):
    return sum("stage3" in entry for entry in fleet.state.values())


def wait_until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it has not come to that"
        time.sleep(0.05)


def is_free(fleet):
    """Whether a second run may start."""
    return fleet.run("--quiet", "--ip", fleet.addresses[0]).exit == 0


def test_all_is_saved_and_the_lock_free_though_nobody_reads(make_fleet):
    fleet = many(make_fleet)
    process = fleet.start("--json", pipesize=PIPE)
    wait_until(lambda: saved(fleet) == MANY)
    wait_until(lambda: is_free(fleet))
    assert process.poll() is None, "the output was to fill the pipe"
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (0, b"")
    lines = [json.loads(line) for line in out.splitlines()]
    assert len({line["mac"] for line in lines[:-1]}) == MANY and lines[-1]["total"] == MANY


@repeated_when_late
def test_checkpoints_go_on_though_nobody_reads(make_fleet):
    fleet = many(make_fleet, device("Slow", latency_ms={"Shelly.GetDeviceInfo": 4000}), count=MORE)
    process = fleet.start("--json", pipesize=PIPE)
    wait_until(lambda: saved(fleet) >= 500)
    check_in_time("stage3" not in fleet.entry(MORE), "the run was to be under way")
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0 and saved(fleet) == MORE + 1


@pytest.mark.skipif(not LONG, reason="takes 40 s: only with STAGE3_LONG=1")
def test_every_result_is_on_disk_within_12_seconds(make_fleet):
    """One device each second, and a reader that stalls for 30 s."""
    late = [device(latency_ms={"Shelly.GetDeviceInfo": 1000 * second}) for second in range(1, 35)]
    fleet = many(make_fleet, *late)
    begin = time.monotonic()
    process = fleet.start("--json", pipesize=PIPE)
    arrived = {}
    worst = 0
    while time.monotonic() < begin + 30:
        time.sleep(0.2)
        for request in fleet.requests(rpc="Shelly.CheckForUpdate"):
            arrived.setdefault(request["mac"], time.monotonic())
        recorded = {mac for mac, entry in fleet.state.items() if "stage3" in entry}
        ages = [time.monotonic() - when for mac, when in arrived.items() if mac not in recorded]
        worst = max([worst, *ages])
    assert len(arrived) > MANY + 20 and worst < 12
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0 and saved(fleet) == MANY + 34


def test_reader_that_comes_late_gets_messages_in_their_place(make_fleet):
    fleet = many(make_fleet)
    process = fleet.start("--json", stderr=subprocess.STDOUT, pipesize=PIPE)
    wait_until(lambda: saved(fleet) == MANY)
    out, _ = process.communicate(timeout=PATIENCE)
    assert len(out.splitlines()) == MANY + 1 and b'"summary"' in out.splitlines()[-1]


@repeated_when_late
def test_ctrl_c_twice_ends_at_once_though_nobody_reads(make_fleet):
    fleet = many(make_fleet, device("Slow", latency_ms={"*": 30000}), count=MORE)
    process = fleet.start("--json", pipesize=PIPE)
    wait_until(lambda: saved(fleet) >= 500)
    process.send_signal(signal.SIGINT)
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    begin = time.monotonic()
    process.wait(timeout=PATIENCE)
    seconds = time.monotonic() - begin
    process.stdout.close()
    process.stderr.close()
    # Who is not awake between the two has got but one.
    check_within(0.5, seconds)
    assert process.returncode == -signal.SIGINT


def test_ctrl_c_once_ends_the_wait_for_a_reader(make_fleet):
    fleet = many(make_fleet)
    process = fleet.start("--json", pipesize=PIPE)
    wait_until(lambda: saved(fleet) == MANY and is_free(fleet))
    process.send_signal(signal.SIGINT)
    process.wait(timeout=PATIENCE)
    assert process.returncode == 128 + signal.SIGINT
    process.stdout.close()
    process.stderr.close()


def read_all(master, process):
    output = b""
    while True:
        if select.select([master], [], [], 0.2)[0]:
            try:
                output += os.read(master, 65536)
            except OSError:
                return output
        elif process.poll() is not None:
            return output


@pytest.mark.parametrize("interrupted", [False, True])
def test_terminal_stopped_by_ctrl_s(make_fleet, interrupted):
    fleet = many(make_fleet)
    master, slave = open_terminal()
    termios.tcflow(slave, termios.TCOOFF)
    process = fleet.start(stdout=slave, stderr=slave, env={"TERM": "xterm"})
    wait_until(lambda: saved(fleet) == MANY and is_free(fleet))
    assert process.poll() is None
    if interrupted:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=PATIENCE)
        assert process.returncode == 128 + signal.SIGINT
    else:
        termios.tcflow(slave, termios.TCOON)
        os.close(slave)
        output = read_all(master, process)
        assert process.wait(timeout=PATIENCE) == 0
        assert output.count("●".encode()) == MANY and b"Stage 3 summary" in output
    os.close(master)


def test_log_that_stalls(make_fleet):
    fleet = many(make_fleet, config={"logging": {"base_path": "data/log.txt"}})
    log = fleet.dir / "data/log.txt"
    process = fleet.start(env=disturbed(stalled=log.resolve()), stdout=subprocess.DEVNULL)
    wait_until(lambda: saved(fleet) == MANY)
    fleet.write_config(AT_ONCE)
    wait_until(lambda: is_free(fleet))
    assert process.poll() is None and log.read_text() == ""
    (fleet.dir / "data/log.txt.on").touch()
    _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (0, b"")
    assert len(log.read_text().splitlines()) == MANY + 3
