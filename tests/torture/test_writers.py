"""Promises 6 and 7: what others write into the file survives, and who reads it never sees half of it."""

import contextlib
import fcntl
import json
import select
import subprocess
import sys
from pathlib import Path

import pytest

import figures
from harness import LONG, SAVER, library_that_saves

HERE = Path(__file__).parent
STAGE_PACE_US = 3000
DEVICES = 5


@contextlib.contextmanager
def started(*command):
    with subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def python(script, *arguments):
    return started(sys.executable, HERE / script, *arguments)


class Outcome:
    """What became of a file that torture-saver and others wrote at the same time."""

    def __init__(self, path, saver_output, foreign):
        state = json.loads(path.read_bytes())
        lines = saver_output.splitlines()
        self.saves = sum(line.startswith("saved ") for line in lines)
        self.failures = [line for line in lines if line.startswith("not saved")]
        last = lines[-1].removeprefix("saved ")
        self.ours_missing = [mac for mac, entry in state.items()
                             if entry.get("stage3", {}).get("device_name") != last]
        self.foreign_lost = foreign["lost"] + sum(state[mac].get("foreign") != number
                                                  for mac, number in foreign["foreign"].items())

    def __repr__(self):
        return (f"{self.saves} saves, {len(self.failures)} given up, {self.foreign_lost} foreign changes lost, "
                f"ours missing in {self.ours_missing}")


def write_together(how, writes, pause_us, *options, saver_pause_us=500, devices=DEVICES):
    """A saver without a pause to speak of, beside a foreign writer; the saver saves once more at the end."""
    with library_that_saves(devices=devices) as saves:
        with started(SAVER, "--until-eof", "--pause-us", saver_pause_us, *options, saves.path) as saver:
            assert saver.stdout.readline() == "ready\n"
            with python("foreign_writer.py", saves.path, how, writes, pause_us) as foreign:
                foreign_output, _ = foreign.communicate(timeout=600)
                assert foreign.returncode == 0, "the foreign writer has met a file that is not whole"
            output, _ = saver.communicate(timeout=60)
        return Outcome(saves.path, output, json.loads(foreign_output))


@pytest.mark.parametrize("how", ["rename", "in-place"])
def test_foreign_writer_at_the_pace_of_a_stage(how):
    writes = 10_000 if LONG else 800
    outcome = write_together(how, writes, STAGE_PACE_US)
    assert outcome.foreign_lost == 0, outcome
    assert outcome.ours_missing == [] and outcome.saves > writes / 10, outcome
    figures.tell(6, f"by {how}, {writes:,} writes at the pace of a stage beside {outcome.saves:,} saves: "
                    f"{outcome.foreign_lost} foreign changes lost")


@pytest.mark.parametrize("how", ["rename", "in-place"])
def test_foreign_writer_in_a_tight_loop(how):
    writes = 60_000 if LONG else 12_000
    outcome = write_together(how, writes, 0)
    assert outcome.foreign_lost <= writes / 1000, outcome
    assert outcome.ours_missing == [], outcome
    figures.tell(6, f"by {how}, {writes:,} writes in a tight loop beside {outcome.saves:,} saves: "
                    f"{outcome.foreign_lost} foreign changes lost")


SIZES = [(1, 3_000), (300, 10_000), (6_000, 50_000)]


@pytest.mark.parametrize("devices, pause_us", SIZES if LONG else SIZES[:2])
@pytest.mark.parametrize("options", [(), ("--mutant", "backup-twice")], ids=["one backup", "a backup each save"])
def test_stage_that_saves_as_the_runbook_says(devices, pause_us, options):
    """Promise 22: its copy to `.bak`, its `.tmp` and its replacing are not disturbed by ours, nor ours by its."""
    writes = (2_000 if LONG else 300) if devices < 1_000 else 400
    outcome = write_together("runbook", writes, pause_us, *options, devices=devices)
    assert outcome.foreign_lost == 0, outcome
    assert outcome.ours_missing == [] and outcome.failures == [], outcome
    figures.tell(22, f"{devices:,} entries, {writes:,} writes by the runbook beside {outcome.saves:,} saves: 0 errors, "
                     "0 changes lost, 0 half files")


def disturbs_a_stage(*options):
    try:
        outcome = write_together("runbook", 800, 0, "--hurry", *options)
    except (AssertionError, ValueError):
        return True
    return outcome.foreign_lost > 0 or outcome.failures != []


def test_shared_temporary_name_is_noticed():
    # On a busy machine the two may hardly meet.
    assert any(disturbs_a_stage("--mutant", "shared-temp") for _ in range(5))


def backup_of_three_saves(*options):
    with library_that_saves("--saves", 3, *options) as saves:
        saves.run()
        return saves.sibling(".bak").read_bytes() == saves.old


def test_backup_is_the_file_as_it_was_before_the_run():
    assert backup_of_three_saves()


def test_second_backup_is_noticed():
    assert not backup_of_three_saves("--mutant", "backup-twice")


def test_process_that_only_has_the_file_open_does_not_hold_up_a_save():
    with library_that_saves() as saves, open(saves.path, "r+b"):
        done = saves.run()
        assert done.returncode == 0 and saves.is_new(), done


@pytest.mark.parametrize("how", ["rename", "in-place"])
def test_lost_changes_are_noticed_without_looking(how):
    assert write_together(how, 800, STAGE_PACE_US, "--mutant", "read-and-rename").foreign_lost > 0


def test_lost_changes_are_noticed_in_a_tight_loop():
    """Without letting others finish first, and without looking at what the exchange took out."""
    writes = 12_000
    # On a busy machine the two may hardly meet.
    tries = (write_together("in-place", writes, 0, "--hurry", "--mutant", "no-exchange") for _ in range(5))
    assert any(outcome.foreign_lost > writes / 1000 for outcome in tries)


def read_while_saving(mutant):
    """Four readers while the saver saves; returns how often they read and what they stumbled over."""
    saves = 10_000 if LONG else 2_000
    with library_that_saves(devices=200) as file, contextlib.ExitStack() as stack:
        readers = [stack.enter_context(python("reader.py", file.path)) for _ in range(4)]
        done = subprocess.run([SAVER, "--saves", str(saves), "--mutant", mutant, file.path], capture_output=True,
                              text=True, timeout=600, check=False)
        assert done.stdout.count("saved save-") == saves, done
        told = [json.loads(reader.communicate(timeout=30)[0]) for reader in readers]
    return sum(one["reads"] for one in told), [error for one in told for error in one["errors"]]


def test_four_readers():
    reads, errors = read_while_saving("none")
    assert errors == [] and reads > 1000
    figures.tell(7, f"4 readers, {reads:,} reads: 0 parse errors")


def test_half_files_are_noticed():
    _, errors = read_while_saving("in-place")
    assert errors != []


def save_in_two_halves(saves, mutant):
    """Two programs save at once, each the results of every other device; returns what went wrong."""
    with library_that_saves(devices=20) as file:
        arguments = [SAVER, "--saves", saves, "--parts", 2, "--mutant", mutant, file.path]
        with started(*arguments, "--part", 0, "--tag", "even") as even, \
                started(*arguments, "--part", 1, "--tag", "odd") as odd:
            lines = [(one.communicate(timeout=300)[0]).splitlines()[1:] for one in (even, odd)]
        wrongs = [line for half in lines for line in half if not line.startswith("saved")]
        names = [entry.get("stage3", {}).get("device_name") for entry in json.loads(file.path.read_bytes()).values()]
        if names != [f"even-{saves}", f"odd-{saves}"] * 10:
            wrongs.append(f"recorded: {names}")
        return wrongs


def test_two_savers():
    assert save_in_two_halves(2_000 if LONG else 300, "none") == []


def test_two_savers_are_noticed_without_a_lock():
    assert save_in_two_halves(300, "no-lock") != []


def test_saver_waits_for_another_one():
    with library_that_saves() as file, \
            open(file.sibling(".lock"), "w", encoding="ascii") as lock, \
            started(SAVER, "--wait", file.path) as saver:
        assert saver.stdout.readline() == "ready\n"
        fcntl.flock(lock, fcntl.LOCK_EX)
        saver.stdin.write("\n")
        saver.stdin.flush()
        assert select.select([saver.stdout], [], [], 0.5)[0] == [], "it did not wait"
        assert file.is_old()
        fcntl.flock(lock, fcntl.LOCK_UN)
        assert saver.communicate(timeout=10)[0] == "saved save-1\n"
        assert file.is_new()


def test_saver_does_not_wait_for_ever():
    with library_that_saves("--hurry") as file, open(file.sibling(".lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = file.run()
        assert done.returncode == 3 and b"has been holding ip_state.json.lock for 10 s" in done.stdout
        assert file.is_old()
