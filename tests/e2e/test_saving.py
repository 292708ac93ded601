"""Runs and saving: the lock, the backup, and what happens when the file cannot be written."""

import fcntl
import json
import os
import subprocess
import time

import pytest

from fleet import device
from privileges import as_nobody, needs_root, public_fleet
from promptly import PATIENCE, check_in_time, repeated_when_late


def check_under_way(fleet):
    """That the first device, which takes its time, has still to be asked the last thing."""
    check_in_time("Shelly.CheckForUpdate" not in fleet.calls(0), "the run was to be under way")


def files_of(fleet):
    return sorted(path.name for path in fleet.state_path.parent.iterdir() if path.name != "config.yaml")


def test_backup_is_the_file_before_the_run(make_fleet):
    fleet = make_fleet([device("Neu")])
    before = fleet.state_path.read_bytes()
    fleet.run()
    assert fleet.state_path.with_suffix(".json.bak").read_bytes() == before
    assert fleet.state_path.read_bytes() != before
    assert set(files_of(fleet)) <= {"ip_state.json", "ip_state.json.bak", "ip_state.json.lock",
                                    "ip_state.json.run.lock"}


def test_dry_run_leaves_no_trace(make_fleet):
    fleet = make_fleet([device("Neu")])
    before = fleet.state_path.stat()
    assert fleet.run("--dry-run").exit == 0
    after = fleet.state_path.stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)
    assert files_of(fleet) == ["ip_state.json"]


def test_mode_is_kept(make_fleet):
    fleet = make_fleet([device("Neu")])
    fleet.state_path.chmod(0o640)
    fleet.run()
    assert fleet.state_path.stat().st_mode & 0o7777 == 0o640


@repeated_when_late
def test_second_run_is_told_who_holds_the_lock(make_fleet):
    fleet = make_fleet([device("Neu", latency_ms={"*": 300})])
    first = fleet.start()
    fleet.sim.wait_for(1)
    second = fleet.run()
    check_in_time(second.exit != 0, "the first was over")
    assert second.exit == 75
    assert second.out == "" and str(first.pid) in second.err
    assert fleet.run("--dry-run").exit == 0
    first.communicate(timeout=PATIENCE)
    assert first.returncode == 0
    assert fleet.run().exit == 0


def test_lock_explains_more_than_a_broken_file(make_fleet):
    fleet = make_fleet([], state="{")
    assert fleet.run().exit == 3
    with open(fleet.dir / "data/ip_state.json.run.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert fleet.run().exit == 75


def test_wrong_option_comes_before_the_lock(make_fleet):
    fleet = make_fleet([device()])
    with open(fleet.dir / "data/ip_state.json.run.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert fleet.run("--ip", "127.9.9.9").exit == 2


def test_leftover_lock_file_holds_nobody(make_fleet):
    fleet = make_fleet([device()])
    (fleet.dir / "data/ip_state.json.run.lock").write_text("4711\n")
    assert fleet.run().exit == 0


@repeated_when_late
def test_another_writers_changes_survive(make_fleet):
    fleet = make_fleet([device("Neu", latency_ms={"*": 400}), device("Neu")])
    process = fleet.start()
    fleet.sim.wait_for(1)
    state = fleet.state
    state["A8032A000001"]["room"] = "Bad"
    del state["A8032A000002"]
    state["A8032A0000AA"] = {"ip": "127.1.0.99"}
    fleet.write_state(state)
    check_under_way(fleet)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, out
    assert b"A8032A000002" in err
    after = fleet.state
    assert list(after) == ["A8032A000001", "A8032A0000AA"]
    assert after["A8032A000001"]["room"] == "Bad" and after["A8032A000001"]["stage3"]["device_name"] == "Neu"
    assert after["A8032A0000AA"] == {"ip": "127.1.0.99"}


@repeated_when_late
def test_file_that_turns_bad_in_mid_run(make_fleet):
    fleet = make_fleet([device("Neu", latency_ms={"*": 300})])
    process = fleet.start()
    fleet.sim.wait_for(1)
    fleet.write_state("{ broken")
    check_under_way(fleet)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 3
    assert "OTA=up_to_date | Friendly=ok ( -> Neu)" in out.decode()
    assert "Stage 3 summary: total=1 ok=1 failed=0" in out.decode()
    assert "cannot write state file data/ip_state.json: " in err.decode()
    assert fleet.state_path.read_text() == "{ broken"


@repeated_when_late
def test_results_are_saved_while_the_run_goes_on(make_fleet):
    fleet = make_fleet([device("Neu") for _ in range(600)] + [device("Neu", latency_ms={"*": 1000})])
    process = fleet.start()
    deadline = time.monotonic() + PATIENCE
    saved = 0
    while saved == 0 and process.poll() is None and time.monotonic() < deadline:
        saved = sum("stage3" in entry for entry in fleet.state.values())
        time.sleep(0.05)
    still_running = process.poll() is None
    process.communicate(timeout=PATIENCE)
    check_in_time(still_running, "nothing was saved before the run was over")
    assert saved >= 500
    assert sum("stage3" in entry for entry in fleet.state.values()) == 601
    backup = json.loads(fleet.state_path.with_suffix(".json.bak").read_text())
    assert not any("stage3" in entry for entry in backup.values())


@needs_root
def test_read_only_directory():
    with public_fleet([device("Neu")]) as fleet:
        before = fleet.state_path.read_bytes()
        os.chmod(fleet.state_path.parent, 0o555)
        run = fleet.run(prefix=as_nobody())
        assert run.exit == 3
        assert "cannot write state file data/ip_state.json: " in run.err and "ermission denied" in run.err
        assert run.out == "" and fleet.calls() == []
        assert fleet.state_path.read_bytes() == before
        assert fleet.run("--dry-run", prefix=as_nobody()).exit == 0


@needs_root
def test_unreadable_file():
    with public_fleet([device("Neu")]) as fleet:
        os.chown(fleet.state_path, 0, 0)
        fleet.state_path.chmod(0o600)
        run = fleet.run(prefix=as_nobody())
        assert run.exit == 3
        assert "data/ip_state.json: " in run.err and "ermission denied" in run.err
        assert fleet.calls() == []


@needs_root
def test_read_only_file_system(make_fleet):
    fleet = make_fleet([device("Neu")])
    script = 'mount --bind data data && mount -o remount,ro,bind data && exec "$@"'
    prefix = ["unshare", "--mount", "sh", "-c", script, "sh"]
    if subprocess.run([*prefix, "true"], cwd=fleet.dir, capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine lets root mount nothing")
    run = fleet.run(prefix=prefix)
    assert run.exit == 3
    assert "cannot write state file data/ip_state.json: " in run.err and "ead-only" in run.err
    assert fleet.calls() == []


def test_state_file_that_is_no_file(make_fleet):
    fleet = make_fleet([])
    fleet.state_path.unlink()
    fleet.state_path.mkdir()
    assert fleet.run().exit == 3


def test_limit_on_file_sizes_is_an_error_not_the_end(make_fleet):
    fleet = make_fleet([device("Neu")])
    before = fleet.state_path.read_bytes()
    run = fleet.run(prefix=["prlimit", "--fsize=100"])
    assert run.exit == 3
    assert "cannot write state file data/ip_state.json: " in run.err and "File too large" in run.err
    assert run.out == "" and fleet.calls() == []
    assert fleet.state_path.read_bytes() == before


def rewritten_in_mid_run(make_fleet, change):
    """A run whose state file is rewritten by `change` while it asks; what comes of it."""
    fleet = make_fleet([device("Neu", latency_ms={"*": 300}), device("Neu")])
    process = fleet.start()
    fleet.sim.wait_for(1)
    fleet.write_state(change(fleet.state))
    check_under_way(fleet)
    out, err = process.communicate(timeout=PATIENCE)
    return fleet, process.returncode, out.decode(), err.decode()


@repeated_when_late
def test_entry_that_has_got_a_double_in_mid_run(make_fleet):
    def add_double(state):
        return {**state, "a8-03-2a-00-00-01": {"ip": "127.1.0.99"}}
    fleet, status, out, err = rewritten_in_mid_run(make_fleet, add_double)
    assert status == 3 and "Stage 3 summary: total=2 ok=2 failed=0" in out
    assert "the entry A8032A000001 could be meant in more than one way by now" in err and "no longer in" not in err
    assert fleet.recorded(0) == {} and fleet.recorded(1)["device_name"] == "Neu"
    check = fleet.run("--check-state")
    assert check.exit == 1 and "MAC is also that of entry" in check.out


@pytest.mark.parametrize("nothing", ["{}", '{"version": 1, "devices": {}}'])
@repeated_when_late
def test_all_entries_are_gone_in_mid_run(make_fleet, nothing):
    fleet, status, out, err = rewritten_in_mid_run(make_fleet, lambda _: nothing)
    # The device that had not begun by then is not asked any more.
    assert status == 3
    check_in_time("total=2" not in out, "no look at the file came between")
    assert "Stage 3 summary: total=1 ok=1 failed=0 names=1 cancelled=1" in out
    assert "cannot write state file data/ip_state.json: it holds no device any more" in err
    assert fleet.state_path.read_text() == nothing
