"""Promise 1: killed at any moment, the state file is the old or the new one, whole."""

import pytest

import figures
import straced
from harness import command_that_saves, library_that_saves
from straced import needs_strace

pytestmark = needs_strace


def damage_by_kills(saves):
    """Kills the program before each of its calls on the state file; returns what that damaged."""
    damage = []
    calls = straced.calls_of(saves)
    for call in calls:
        saves.reset()
        done = saves.run(straced.prefix(saves, call.once("signal=KILL")))
        assert done.returncode in (-9, 137), (call, done)
        wrong = saves.damage()
        if not wrong and not saves.is_new():
            again = saves.run()
            if again.returncode != 0 or not saves.is_new():
                wrong = f"the next run fails: {again}"
        if wrong:
            damage.append(f"killed before {call}: {wrong}")
    return len(calls), damage


def test_command():
    with command_that_saves() as saves:
        count, damage = damage_by_kills(saves)
    assert damage == []
    assert count > 60, "the save itself was not traced"
    figures.tell(1, f"killed before each of {count} system calls: 0 bad files")


def test_library_that_makes_its_first_backup():
    with library_that_saves() as saves:
        saves.sibling(".bak").unlink()
        count, damage = damage_by_kills(saves)
    assert damage == [] and count > 25


@pytest.mark.parametrize("protection", ["in-place"])
def test_is_noticed_without(protection):
    with library_that_saves("--mutant", protection) as saves:
        _, damage = damage_by_kills(saves)
    assert damage != []
