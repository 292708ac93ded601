"""The library does no more work for a fleet than it did: instructions in user code, see instructions.py."""

import os
import pathlib
import shutil

import pytest

import instructions

BUILD = pathlib.Path(os.environ["STAGE3_BUILD"])

needs_valgrind = pytest.mark.skipif(not shutil.which("valgrind"), reason="needs valgrind (Debian: valgrind)")


@pytest.fixture(scope="module")
def known():
    key = instructions.conditions(BUILD)
    recorded = instructions.recorded()
    if key not in recorded:
        pytest.skip(f"no figures for {key}; to record them: tests/bench/instructions.py BUILD --record")
    return recorded[key]


@needs_valgrind
def test_a_fleet_takes_no_more_instructions_than_recorded(known):
    found = instructions.count(BUILD)
    print(", ".join(f"{kind} {value:,} ({value / known[kind]:.3f} x)" for kind, value in found.items()))
    assert instructions.growth(found, known) == []


@needs_valgrind
def test_more_work_is_noticed(known):
    """Answers that come in small pieces make the library, and libcurl, work more than a tenth more."""
    found = instructions.count(BUILD, preload=os.environ["STAGE3_SLOW_RECV"])
    assert len(instructions.growth(found, known)) == 2
    # It is no other run altogether.
    assert found["own"] < 2 * known["own"], found


@pytest.mark.parametrize("own, total, grown", [
    (100, 1000, 0), (110, 1100, 0), (111, 1100, 1), (110, 1101, 1), (80, 1200, 1)])
def test_a_tenth_is_the_limit(own, total, grown):
    assert len(instructions.growth({"own": own, "total": total}, {"own": 100, "total": 1000})) == grown
