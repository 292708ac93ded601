"""A clock beyond the year 9999, for which neither the state file nor the log has digits."""

import pytest

from fleet import device
from preloaded import disturbed
from promptly import PATIENCE

LOG = {"logging": {"base_path": "data/log.txt"}}


@pytest.mark.parametrize("arguments", [[], ["--dry-run"], ["--json"]])
def test_is_told_before_anything_is_sent(make_fleet, arguments):
    fleet = make_fleet([device("Neu")], LOG)
    jump = fleet.dir / "jump"
    jump.touch()
    run = fleet.run(*arguments, env=disturbed(year_10000=jump))
    assert (run.exit, run.out) == (2, "")
    assert "clock" in run.err and "9999" in run.err
    assert fleet.calls() == [] and fleet.recorded() == {}


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_that_jumps_there_in_mid_run_loses_no_line_and_does_not_end_silently(make_fleet, arguments):
    fleet = make_fleet([device("Neu"), device("Neu", latency_ms={"*": 500}), device("Neu", latency_ms={"*": 600})], LOG)
    jump = fleet.dir / "jump"
    process = fleet.start(*arguments, env=disturbed(year_10000=jump))
    first = process.stdout.readline()
    jump.touch()
    out, err = process.communicate(timeout=PATIENCE)
    text = (first + out).decode()
    assert "summary" in text
    told = text + err.decode()
    assert all(address in told for address in fleet.addresses)
    assert process.returncode == 0 or err.startswith(b"stage3: ")
    assert process.returncode in (0, 1)
    log = (fleet.dir / "data/log.txt").read_text()
    assert all(address in log for address in fleet.addresses) and "Stage 3 summary" in log
    assert fleet.recorded()["device_name"] == "Neu"
