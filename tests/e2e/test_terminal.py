"""Colours and the progress line on a terminal."""

import os
import re

from fleet import device
from promptly import PATIENCE
from terminal import open_terminal, run_on_terminal


def slow_fleet(make_fleet):
    return make_fleet([device(latency_ms={"*": 150}), device(), device(presence="refused")])


def test_colours_on_a_terminal(make_fleet):
    output = run_on_terminal(slow_fleet(make_fleet)).decode()
    assert output.count("\x1b[32m●\x1b[0m") == 2
    assert output.count("\x1b[31m●\x1b[0m") == 1


def test_no_color_is_honoured(make_fleet):
    output = run_on_terminal(slow_fleet(make_fleet), env={"NO_COLOR": "1"}).decode()
    assert not re.search(r"\x1b\[\d+m", output)


def test_empty_no_color_counts_for_nothing(make_fleet):
    assert "\x1b[32m" in run_on_terminal(slow_fleet(make_fleet), env={"NO_COLOR": ""}).decode()


def test_dumb_terminal_gets_plain_lines(make_fleet):
    assert "\x1b" not in run_on_terminal(slow_fleet(make_fleet), env={"TERM": "dumb"}).decode()


def test_progress_line_is_shown_and_cleared(make_fleet):
    output = run_on_terminal(slow_fleet(make_fleet), "--color", "never").decode()
    assert re.search(r"\r\x1b\[K\d/3", output)
    shown = [line.split("\x1b[K")[-1] for line in output.split("\r\n")]
    assert [line[0] for line in shown if line] == ["●", "●", "●", "S"]
    assert shown[3] == "Stage 3 summary: total=3 ok=2 failed=0 offline=1"


def test_progress_fits_the_line_and_is_gone_at_the_end(make_fleet):
    output = run_on_terminal(slow_fleet(make_fleet), "--color", "never").decode()
    for piece in re.findall(r"\x1b\[K(\d+/\d[^\r\n]*)", output):
        assert len(piece) < 80
    assert output.endswith("offline=1\r\n")


def test_no_progress_with_quiet_or_json(make_fleet):
    fleet = slow_fleet(make_fleet)
    assert "\x1b[K" not in run_on_terminal(fleet, "--quiet").decode()
    assert "\x1b[K" not in run_on_terminal(fleet, "--json").decode()


def test_no_progress_and_no_colour_in_a_pipe(make_fleet):
    run = slow_fleet(make_fleet).run(env={"TERM": "xterm"})
    assert "\r" not in run.out + run.err and "\x1b" not in run.out + run.err


def test_colour_follows_standard_output_alone(make_fleet):
    fleet = slow_fleet(make_fleet)
    master, slave = open_terminal()
    process = fleet.start(stderr=slave, env={"TERM": "xterm"})
    os.close(slave)
    out, _ = process.communicate(timeout=PATIENCE)
    os.close(master)
    assert b"\x1b" not in out
