"""Colours and the progress line on a terminal."""

import os
import pty
import re
import select
import time

import pytest

from fleet import device


def open_terminal():
    try:
        return pty.openpty()
    except OSError as error:
        pytest.skip(f"no terminal can be made here (is /dev/pts mounted?): {error}")


def read_terminal(master, process, timeout=30):
    """All that the process writes to the terminal until it ends."""
    output = b""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if select.select([master], [], [], 0.05)[0]:
            try:
                output += os.read(master, 65536)
            except OSError:
                break
        elif process.poll() is not None:
            break
    assert process.wait(timeout) is not None
    return output.decode()


def run_on_terminal(fleet, *args, env=None, err_too=True):
    master, slave = open_terminal()
    options = {"stderr": slave} if err_too else {}
    process = fleet.start(*args, stdout=slave, env={"TERM": "xterm", **(env or {})}, **options)
    os.close(slave)
    output = read_terminal(master, process)
    os.close(master)
    if process.stderr:
        process.stderr.close()
    return output


def slow_fleet(make_fleet):
    return make_fleet([device(latency_ms={"*": 150}), device(), device(presence="refused")])


def test_colours_on_a_terminal(make_fleet):
    output = run_on_terminal(slow_fleet(make_fleet))
    assert output.count("\x1b[32m●\x1b[0m") == 2
    assert output.count("\x1b[31m●\x1b[0m") == 1


def test_no_color_is_honoured(make_fleet):
    output = run_on_terminal(slow_fleet(make_fleet), env={"NO_COLOR": "1"})
    assert not re.search(r"\x1b\[\d+m", output)


def test_empty_no_color_counts_for_nothing(make_fleet):
    assert "\x1b[32m" in run_on_terminal(slow_fleet(make_fleet), env={"NO_COLOR": ""})


def test_dumb_terminal_gets_plain_lines(make_fleet):
    assert "\x1b" not in run_on_terminal(slow_fleet(make_fleet), env={"TERM": "dumb"})


def test_progress_line_is_shown_and_cleared(make_fleet):
    output = run_on_terminal(slow_fleet(make_fleet), "--color", "never")
    assert re.search(r"\r\x1b\[KStage 3: \d of 3", output)
    shown = [line.split("\x1b[K")[-1] for line in output.split("\r\n")]
    assert [line[0] for line in shown if line] == ["●", "●", "●", "S"]
    assert shown[3] == "Stage 3 summary: total=3 ok=2 failed=0 offline=1"


def test_progress_fits_the_line_and_is_gone_at_the_end(make_fleet):
    output = run_on_terminal(slow_fleet(make_fleet), "--color", "never")
    for piece in re.findall(r"\x1b\[K(Stage 3: [^\r\n]*)", output):
        assert len(piece) < 80
    assert output.endswith("offline=1\r\n")


def test_no_progress_with_quiet_or_json(make_fleet):
    fleet = slow_fleet(make_fleet)
    assert "Stage 3: " not in run_on_terminal(fleet, "--quiet")
    assert "Stage 3: " not in run_on_terminal(fleet, "--json")


def test_no_progress_and_no_colour_in_a_pipe(make_fleet):
    run = slow_fleet(make_fleet).run(env={"TERM": "xterm"})
    assert "\r" not in run.out + run.err and "\x1b" not in run.out + run.err


def test_colour_follows_standard_output_alone(make_fleet):
    fleet = slow_fleet(make_fleet)
    master, slave = open_terminal()
    process = fleet.start(stderr=slave, env={"TERM": "xterm"})
    os.close(slave)
    out, _ = process.communicate(timeout=30)
    os.close(master)
    assert b"\x1b" not in out
