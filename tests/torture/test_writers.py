"""Promises 6 and 7: what others write into the file survives, and who reads it never sees half of it."""

import contextlib
import fcntl
import json
import os
import select
import subprocess
import time

import pytest

import figures
from harness import LONG, SAVER, library_that_saves, python, started
from promptly import LONGER, PATIENCE

STAGE_PACE_US = 3000
SAVER_PAUSE_US = 500
DEVICES = 5


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


def write_together(how, writes, pause_us, *options):
    """A saver without a pause to speak of, beside a foreign writer; the saver saves once more at the end."""
    with library_that_saves(devices=DEVICES) as saves:
        with started(SAVER, "--until-eof", "--pause-us", SAVER_PAUSE_US, *options, saves.path) as saver:
            assert saver.stdout.readline() == "ready\n"
            with python("foreign_writer.py", saves.path, how, writes, pause_us) as foreign:
                foreign_output, _ = foreign.communicate(timeout=600)
                assert foreign.returncode == 0, "the foreign writer has met a file that is not whole"
            output, _ = saver.communicate(timeout=PATIENCE)
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
    writes = 60_000 if LONG else 6_000
    outcome = write_together(how, writes, 0)
    assert outcome.foreign_lost <= writes / 1000, outcome
    assert outcome.ours_missing == [], outcome
    figures.tell(6, f"by {how}, {writes:,} writes in a tight loop beside {outcome.saves:,} saves: "
                    f"{outcome.foreign_lost} foreign changes lost")


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


# Of an account that is neither root nor the file's owner: no lease tells it who has the file open.
STRANGER = ("setpriv", "--reuid", "12346", "--regid", "12347", "--clear-groups")


@pytest.mark.parametrize("prefix", [(), STRANGER], ids=["who may see writers", "who may not"])
@pytest.mark.skipif(os.geteuid() != 0, reason="another account needs root")
def test_who_opens_the_file_and_thinks_before_it_writes_loses_nothing(prefix):
    with library_that_saves() as saves:
        for place, mode in ((saves.dir, 0o755), (saves.path.parent, 0o775), (saves.path, 0o664)):
            place.chmod(mode)
            os.chown(place, 12345, 12347)
        with open(saves.path, "r+b") as file, started(*prefix, SAVER, "--wait", saves.path) as saver:
            assert saver.stdout.readline() == "ready\n"
            state = json.loads(file.read())
            saver.stdin.write("\n")
            saver.stdin.flush()
            time.sleep(0.2)
            state[next(iter(state))]["room"] = "late"
            file.seek(0)
            file.write(json.dumps(state).encode())
            file.truncate()
            file.close()
            assert saver.communicate(timeout=PATIENCE)[0] == "saved save-1\n"
        entries = list(json.loads(saves.path.read_bytes()).values())
        assert entries[0]["room"] == "late"
        assert [entry["stage3"]["device_name"] for entry in entries] == ["save-1"] * len(entries)


@pytest.mark.parametrize("how", ["rename", "in-place"])
def test_lost_changes_are_noticed_without_looking(how):
    tries = (write_together(how, factor * 800, STAGE_PACE_US, "--mutant", "read-and-rename") for factor in LONGER)
    assert any(outcome.foreign_lost > 0 for outcome in tries)


def test_lost_changes_are_noticed_in_a_tight_loop():
    """Without letting others finish first, and without looking at what the exchange took out."""
    tries = ((factor * 3_000, write_together("in-place", factor * 3_000, 0, "--hurry", "--mutant", "no-exchange"))
             for factor in LONGER)
    assert any(outcome.foreign_lost > writes / 1000 for writes, outcome in tries)


def read_while_saving(mutant):
    """Four readers while the saver saves; returns how often they read and what they stumbled over."""
    saves = 10_000 if LONG else 1_000
    with library_that_saves(devices=200) as file, contextlib.ExitStack() as stack:
        readers = [stack.enter_context(python("reader.py", file.path)) for _ in range(4)]
        done = subprocess.run([SAVER, "--saves", str(saves), "--mutant", mutant, file.path], capture_output=True,
                              text=True, timeout=600, check=False)
        assert done.stdout.count("saved save-") == saves, done
        told = [json.loads(reader.communicate(timeout=PATIENCE)[0]) for reader in readers]
    return sum(one["reads"] for one in told), [error for one in told for error in one["errors"]]


def test_four_readers():
    reads, errors = read_while_saving("none")
    assert errors == [] and reads > 500
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
    assert any(save_in_two_halves(factor * 300, "no-lock") for factor in LONGER)


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
        assert saver.communicate(timeout=PATIENCE)[0] == "saved save-1\n"
        assert file.is_new()


def test_saver_does_not_wait_for_ever():
    with library_that_saves("--hurry") as file, open(file.sibling(".lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = file.run()
        assert done.returncode == 3 and b"has been holding ip_state.json.lock for 10 s" in done.stdout
        assert file.is_old()
