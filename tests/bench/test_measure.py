"""A bound that is missed is told, and what is measured is what the program took."""

import json
import os
import subprocess
import sys

import pytest

from measure import Failed, Report, median_ratio, print_table, run

SCRIPT = """
import sys
sys.path.insert(0, {folder!r})
from measure import main
main("Measures nothing.", lambda arguments, report: report.add("answer", 42, "x", high={high}))
"""

needs_time = pytest.mark.skipif(not os.access("/usr/bin/time", os.X_OK), reason="needs GNU time (Debian: time)")


@pytest.mark.parametrize("bounds, missed", [
    ({}, False), ({"low": 2}, False), ({"low": 2.1}, True), ({"high": 2}, False), ({"high": 1.9}, True)])
def test_missed_bounds(bounds, missed, capsys):
    report = Report("script")
    report.add("figure", 2, "x", **bounds)
    # As tools/bench joins them.
    again = Report.from_json(json.loads(json.dumps(report.as_json())))
    assert print_table([again]) is not missed
    assert capsys.readouterr().out.count("MISSED") == (2 if missed else 0)


@pytest.mark.parametrize("high, status", [(42, 0), (41, 1)])
def test_a_missed_bound_is_the_exit_status_of_a_script(tmp_path, high, status):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(folder=str(__file__).rpartition("/")[0], high=high))
    written = tmp_path / "figures.json"
    done = subprocess.run([sys.executable, "-B", script, tmp_path, "--json", written], capture_output=True, check=False)
    assert done.returncode == status
    assert json.loads(written.read_text())["figures"][0]["missed"] is bool(status)


@needs_time
def test_cost_of_a_program():
    work = "import time; ballast = b'x' * 50_000_000\nwhile time.process_time() < 0.2: pass\nprint('done')"
    cost = run([sys.executable, "-c", work], peak=True)
    assert cost.out == "done\n"
    assert 0.2 <= cost.cpu < 2
    assert 50_000_000 < cost.peak < 100_000_000


@needs_time
def test_the_peak_is_not_that_of_who_measures():
    ballast = b"x" * 200_000_000
    assert run(["true"], peak=True).peak < 50_000_000 < len(ballast)


def test_a_program_that_fails_is_not_measured():
    with pytest.raises(Failed, match="exit status 3"):
        run([sys.executable, "-c", "raise SystemExit(3)"])


def test_ratios_are_of_pairs():
    assert median_ratio([1, 20, 3], [1, 10, 3]) == 1
