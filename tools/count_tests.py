"""Sums up the test cases that ran inside the tests of one or more meson builds.

Usage: count_tests.py NAME=BUILD_DIRECTORY[=TEST,TEST...[=SETUP,SETUP...]]... [NAME:STATUS]...

All tests of a build must have run, or those that are named; with meson's test setup SETUP if one is named. They may have
run in parts, some with one setup and some with another: SETUP,SETUP..., of which one may be empty. What has a NAME and the exit STATUS of a program counts as one more test.

Prints what was skipped, then what failed with the end of what it has printed, since often only the end of this is kept,
and as its last line `N passed, N failed, N skipped`. A doctest or pytest
program counts with the cases that it reports, any other test as one. Exits 1 if anything failed or nothing passed.
"""

import json
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

DOCTEST_TOTALS = re.compile(r"^\[doctest\] test cases: *\d+ *\| *(\d+) passed *\| *(\d+) failed *\| *(\d+) skipped", re.M)
PYTEST_COUNT = r"\d+ (?:passed|failed|errors?|skipped|xfailed|xpassed|deselected|warnings?)"
PYTEST_TOTALS = re.compile(rf"^=* ?({PYTEST_COUNT}(?:, {PYTEST_COUNT})*) in \d+\.\d+s(?: \([0-9:, a-z]+\))? ?=*$", re.M)
SKIP_REASON = re.compile(r"^SKIPPED:? .*", re.M)
ANSI = re.compile(r"\x1b\[[0-9;]*m")

PASSED = {"OK", "EXPECTEDFAIL"}
# So much of what a failed test has printed is shown: a pytest summary, the table of tools/fuzz.
LINES_SHOWN = 16


@dataclass
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    reasons: list = field(default_factory=list)
    failures: list = field(default_factory=list)

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def count_pytest(output):
    totals = PYTEST_TOTALS.findall(output)
    if not totals:
        return None
    words = {word.rstrip("s"): int(number) for number, word in (item.split() for item in totals[-1].split(", "))}
    return Counts(
        passed=words.get("passed", 0) + words.get("xpassed", 0),
        failed=words.get("failed", 0) + words.get("error", 0),
        skipped=words.get("skipped", 0) + words.get("xfailed", 0),
    )


def count_doctest(output):
    totals = DOCTEST_TOTALS.findall(output)
    if not totals:
        return None
    return Counts(*(sum(int(number) for number in column) for column in zip(*totals)))


def count_whole(result):
    if result == "SKIP":
        return Counts(skipped=1)
    return Counts(passed=1) if result in PASSED else Counts(failed=1)


def count_test(test):
    """The cases of one line of meson's testlog.json."""
    output = ANSI.sub("", test.get("stdout", ""))
    result = test["result"]
    counts = count_pytest(output) or count_doctest(output) or count_whole(result)
    ran = counts.passed + counts.failed + counts.skipped
    # A crash, a time-out or a leak found at exit is a failure even if all cases up to there passed; so is running none.
    if counts.failed == 0 and (ran == 0 or result not in PASSED | {"SKIP"}):
        counts.failed = 1
    if counts.skipped:
        counts.reasons = SKIP_REASON.findall(output) or [last_line(test) or "no reason given"]
    return counts


def last_lines(test, number):
    printed = (test.get("stdout", "") + "\n" + test.get("stderr", "")).split("\n")
    return [line.rstrip() for line in printed if line.strip()][-number:]


def last_line(test):
    return "".join(last_lines(test, 1)).strip()


def read_logs(build_directory, setups):
    """What ran, and how many tests there are in all."""
    names = [f"testlog-{setup}.json" if setup else "testlog.json" for setup in setups.split(",")]
    log = "".join((build_directory / "meson-logs" / name).read_text(encoding="utf-8") for name in names)
    known = json.loads((build_directory / "meson-info" / "intro-tests.json").read_text(encoding="utf-8"))
    return [json.loads(line) for line in log.splitlines()], len(known)


def count_build(name, build_directory, wanted, setups, total):
    ran, known = read_logs(build_directory, setups)
    if wanted:
        known = len(wanted.split(","))
    build = Counts()
    if len(ran) < known:
        total.failures.append(f"FAILED in {name}: only {len(ran)} of {known} tests have run")
        build.failed += known - len(ran)
    for test in ran:
        counts = count_test(test)
        build.passed += counts.passed
        build.failed += counts.failed
        build.skipped += counts.skipped
        for reason in counts.reasons:
            print(f"SKIPPED in {name}, {test['name']}: {reason}")
        if counts.failed:
            total.failures.append(f"FAILED in {name}, {test['name']}: {counts} ({test['result']})")
            total.failures += [f"    {line}" for line in last_lines(test, LINES_SHOWN)]
    print(f"{name}: {build}")
    total.passed += build.passed
    total.failed += build.failed
    total.skipped += build.skipped


def count_status(name, status, total):
    if status == 0:
        print(f"{name}: passed")
        total.passed += 1
    elif status == 77:
        print(f"SKIPPED: {name}")
        total.skipped += 1
    else:
        total.failures.append(f"FAILED: {name} ends with status {status}")
        total.failed += 1


def main(arguments):
    total = Counts()
    for argument in arguments:
        name, _, rest = argument.partition("=")
        build_directory, _, rest = rest.partition("=")
        wanted, _, setups = rest.partition("=")
        try:
            if not build_directory:
                name, _, status = argument.partition(":")
                count_status(name, int(status), total)
            else:
                count_build(name, Path(build_directory), wanted, setups, total)
        except (OSError, ValueError, KeyError) as error:
            total.failures.append(f"FAILED in {name}: no usable test log: {error}")
            total.failed += 1
    if total.passed == 0 and total.failed == 0:
        total.failures.append("FAILED: no test has run")
        total.failed = 1
    print(*total.failures, total, sep="\n")
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
