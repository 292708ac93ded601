import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).resolve().parents[2] / "tools" / "count_tests.py"

DOCTEST_GOOD = """[doctest] doctest version is "2.4.9"
[doctest] run with "--help" for options
===============================================================================
[doctest] test cases:  12 |  11 passed | 0 failed | 1 skipped
[doctest] assertions: 310 | 310 passed | 0 failed |
[doctest] Status: SUCCESS!
"""
DOCTEST_BAD = "[doctest] test cases: 5 | 3 passed | 2 failed | 0 skipped\n[doctest] Status: FAILURE!\n"
DOCTEST_NONE = "[doctest] test cases: 0 | 0 passed | 0 failed | 0 skipped\n"
PYTEST_GOOD = """....s
=========================== short test summary info ============================
SKIPPED [1] tests/e2e/test_namespaces.py:12: needs root
4 passed, 1 skipped in 61.20s (0:01:01)
"""
PYTEST_BAD = "==== 1 failed, 2 passed, 1 error, 1 warning in 0.53s ====\n"
PYTEST_EXPECTED_FAILURES = "1 passed, 1 xfailed, 1 xpassed, 3 deselected in 0.01s\n"


def count(tmp_path, *builds):
    """Runs the program on builds given as lists of (name, result, stdout); returns its exit status and lines."""
    arguments = []
    for number, tests in enumerate(builds):
        keys = ("name", "result", "stdout")
        lines = [json.dumps(dict(zip(keys, test))) + "\n" for test in tests]
        arguments.append(f"build{number}={make_build(tmp_path / str(number), ''.join(lines), len(tests))}")
    return run(*arguments)


def make_build(directory, log, known):
    (directory / "meson-logs").mkdir(parents=True)
    (directory / "meson-info").mkdir()
    (directory / "meson-logs" / "testlog.json").write_text(log, encoding="utf-8")
    (directory / "meson-info" / "intro-tests.json").write_text(json.dumps([{}] * known), encoding="utf-8")
    return directory


def run(*arguments):
    done = subprocess.run([sys.executable, PROGRAM, *arguments], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


CASES = [
    ("OK", DOCTEST_GOOD, "11 passed, 0 failed, 1 skipped"),
    ("FAIL", DOCTEST_BAD, "3 passed, 2 failed, 0 skipped"),
    ("OK", DOCTEST_GOOD + DOCTEST_GOOD, "22 passed, 0 failed, 2 skipped"),
    ("OK", DOCTEST_NONE, "0 passed, 1 failed, 0 skipped"),
    ("OK", PYTEST_GOOD, "4 passed, 0 failed, 1 skipped"),
    ("FAIL", PYTEST_BAD, "2 passed, 2 failed, 0 skipped"),
    ("OK", PYTEST_EXPECTED_FAILURES, "2 passed, 0 failed, 1 skipped"),
    ("FAIL", "no tests ran in 0.01s\n", "0 passed, 1 failed, 0 skipped"),
    ("OK", "12 devices asked\n", "1 passed, 0 failed, 0 skipped"),
    ("OK", "", "1 passed, 0 failed, 0 skipped"),
    ("FAIL", "segmentation fault\n", "0 passed, 1 failed, 0 skipped"),
    ("EXPECTEDFAIL", "", "1 passed, 0 failed, 0 skipped"),
    ("UNEXPECTEDPASS", "", "0 passed, 1 failed, 0 skipped"),
    ("TIMEOUT", "", "0 passed, 1 failed, 0 skipped"),
    ("INTERRUPT", "", "0 passed, 1 failed, 0 skipped"),
    ("ERROR", "", "0 passed, 1 failed, 0 skipped"),
]


@pytest.mark.parametrize("result, output, expected", CASES)
def test_counts_of_one_test(tmp_path, result, output, expected):
    status, lines = count(tmp_path, [("one", result, output)])
    assert lines[-1] == expected
    assert status == (0 if " 0 failed" in expected else 1)


@pytest.mark.parametrize("result", ["FAIL", "TIMEOUT", "ERROR"])
@pytest.mark.parametrize("output, passed, skipped", [(DOCTEST_GOOD, 11, 1), (PYTEST_GOOD, 4, 1)])
def test_a_failure_after_good_cases_counts(tmp_path, result, output, passed, skipped):
    status, lines = count(tmp_path, [("leaks", result, output)])
    assert lines[-1] == f"{passed} passed, 1 failed, {skipped} skipped"
    assert status == 1


def test_a_failed_case_counts_whatever_meson_says(tmp_path):
    status, lines = count(tmp_path, [("lenient", "OK", DOCTEST_BAD)])
    assert (status, lines[-1]) == (1, "3 passed, 2 failed, 0 skipped")


def test_colours_do_not_hide_the_counts(tmp_path):
    _, lines = count(tmp_path, [("tty", "OK", "\x1b[32m\x1b[1m7 passed\x1b[0m\x1b[32m in 0.31s\x1b[0m\n")])
    assert lines[-1] == "7 passed, 0 failed, 0 skipped"


def test_builds_are_summed_up(tmp_path):
    plain = [("unit", "OK", DOCTEST_GOOD), ("e2e", "OK", PYTEST_GOOD)]
    sanitised = [("unit", "FAIL", DOCTEST_BAD), ("whole", "OK", "")]
    status, lines = count(tmp_path, plain, sanitised)
    assert "build0: 15 passed, 0 failed, 2 skipped" in lines
    assert "build1: 4 passed, 2 failed, 0 skipped" in lines
    assert "FAILED in build1, unit: 3 passed, 2 failed, 0 skipped (FAIL)" in lines
    assert lines[-1] == "19 passed, 2 failed, 2 skipped"
    assert status == 1


def test_failures_come_last_with_the_end_of_what_they_printed(tmp_path):
    printed = "".join(f"line {number}\n\n" for number in range(40))
    bad = {"name": "fuzz", "result": "FAIL", "stdout": printed, "stderr": "mutants that were not found: config\n"}
    good = {"name": "fine", "result": "OK", "stdout": PYTEST_GOOD}
    log = "".join(json.dumps(test) + "\n" for test in (bad, good))
    _, lines = run(f"one={make_build(tmp_path / 'one', log, 2)}")
    shown = [f"    line {number}" for number in range(25, 40)] + ["    mutants that were not found: config"]
    assert lines[-18:-1] == ["FAILED in one, fuzz: 0 passed, 1 failed, 0 skipped (FAIL)", *shown]


def test_skips_are_told_with_their_reasons(tmp_path):
    tests = [("e2e", "OK", PYTEST_GOOD), ("power", "SKIP", "setting up\nneeds a loop device\n"), ("dumb", "SKIP", "")]
    status, lines = count(tmp_path, tests)
    assert lines == [
        "SKIPPED in build0, e2e: SKIPPED [1] tests/e2e/test_namespaces.py:12: needs root",
        "SKIPPED in build0, power: needs a loop device",
        "SKIPPED in build0, dumb: no reason given",
        "build0: 4 passed, 0 failed, 3 skipped",
        "4 passed, 0 failed, 3 skipped",
    ]
    assert status == 0


def test_a_missing_log_is_a_failure(tmp_path):
    status, lines = run(f"plain={tmp_path}")
    assert (status, lines[-1]) == (1, "0 passed, 1 failed, 0 skipped")
    assert lines[0].startswith("FAILED in plain: no usable test log: ")


def test_a_broken_log_is_a_failure(tmp_path):
    build = make_build(tmp_path / "build", '{"name": "cut off', 1)
    status, lines = run(f"plain={build}")
    assert (status, lines[-1]) == (1, "0 passed, 1 failed, 0 skipped")


def test_tests_that_have_not_run_are_failures(tmp_path):
    log = json.dumps({"name": "first", "result": "OK", "stdout": ""}) + "\n"
    status, lines = run(f"plain={make_build(tmp_path / 'build', log, 3)}")
    assert lines[-2] == "FAILED in plain: only 1 of 3 tests have run"
    assert (status, lines[-1]) == (1, "1 passed, 2 failed, 0 skipped")


def test_nothing_run_is_a_failure(tmp_path):
    status, lines = count(tmp_path, [])
    assert (status, lines[-1]) == (1, "0 passed, 1 failed, 0 skipped")


def test_all_skipped_is_not_a_failure_of_one_build(tmp_path):
    status, lines = count(tmp_path, [("root", "SKIP", "needs root")], [("unit", "OK", "")])
    assert (status, lines[-1]) == (0, "1 passed, 0 failed, 1 skipped")


def test_a_build_is_tested_in_parts(tmp_path):
    build = make_build(tmp_path / "parts", '{"name": "unit", "result": "OK", "stdout": ""}\n', 2)
    other = build / "meson-logs" / "testlog-other.json"
    other.write_text('{"name": "lint", "result": "OK", "stdout": ""}\n', encoding="utf-8")
    assert run(f"parts={build}==,other")[1][-1] == "2 passed, 0 failed, 0 skipped"
    other.write_text("", encoding="utf-8")
    assert "FAILED in parts: only 1 of 2 tests have run" in run(f"parts={build}==,other")[1]


def test_a_test_setup_has_a_log_of_its_own(tmp_path):
    build = make_build(tmp_path / "build", json.dumps({"name": "unit", "result": "FAIL", "stdout": ""}), 1)
    log = json.dumps({"name": "unit", "result": "OK", "stdout": DOCTEST_GOOD}) + "\n"
    (build / "meson-logs" / "testlog-valgrind.json").write_text(log, encoding="utf-8")
    status, lines = run(f"valgrind={build}=unit=valgrind")
    assert (status, lines[-1]) == (0, "11 passed, 0 failed, 1 skipped")
    status, lines = run(f"valgrind={build}=unit,net=valgrind")
    assert (status, lines[-2]) == (1, "FAILED in valgrind: only 1 of 2 tests have run")
    status, lines = run(f"valgrind={build}=unit=other")
    assert (status, lines[-1]) == (1, "0 passed, 1 failed, 0 skipped")


def test_the_status_of_a_program_counts():
    assert run("coverage:0") == (0, ["coverage: passed", "1 passed, 0 failed, 0 skipped"])
    assert run("coverage:1") == (1, ["FAILED: coverage ends with status 1", "0 passed, 1 failed, 0 skipped"])
    assert run("coverage:0", "tidy:77") == (0, ["coverage: passed", "SKIPPED: tidy", "1 passed, 0 failed, 1 skipped"])


@pytest.mark.parametrize("argument", ["coverage", "coverage:", "coverage:good"])
def test_what_is_neither_a_build_nor_a_status_is_a_failure(argument):
    status, lines = run(argument)
    assert (status, lines[-1]) == (1, "0 passed, 1 failed, 0 skipped")
