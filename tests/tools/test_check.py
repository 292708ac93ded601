"""tools/check with programs that only pretend: whatever goes wrong, its last line and its status tell."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIB = """
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
packages=() check_packages=() lines_only=() tsan_tests=(net) meson=$root/meson
say() { printf '%s\\n' "$*" >&2; }
joined() { printf '%s' "$2"; shift; shift; [ $# -eq 0 ] || printf ',%s' "$@"; }
ensure_packages() { :; }
configure() { mkdir -p "$root/$1"/meson-{logs,info}; echo '[{}]' >"$root/$1/meson-info/intro-tests.json"; }
configure_plain() { configure build; echo '[{}, {}]' >"$root/build/meson-info/intro-tests.json"; }
build_tsan() { configure build-tsan && ninja -C "$root/build-tsan"; }
"""
NINJA = """#!/bin/sh
echo "ninja $2"
[ "${2##*/}" != "$BAD" ] || { echo "cannot be compiled"; exit 1; }
"""
# Writes a log as meson does: one test a run, under valgrind fourteen.
MESON = """#!/bin/bash
directory=$3 setup=
while [ $# -gt 0 ]; do [ "$1" != --setup ] || setup=-$2; shift; done
log=$directory/meson-logs/testlog$setup.json
[ "${directory##*/}$setup" != "$GONE" ] || exit 1
result=OK
[ "${directory##*/}$setup" != "$BAD" ] || result=FAIL
for _ in $(seq $([ "$setup" = -valgrind ] && echo 14 || echo 1)); do
    echo "{\\"name\\": \\"one\\", \\"result\\": \\"$result\\"}"
done >"$log"
"""


@pytest.fixture
def check(tmp_path):
    (tmp_path / "tools").mkdir()
    for name in ("check", "count_tests.py"):
        shutil.copy(ROOT / "tools" / name, tmp_path / "tools")
    (tmp_path / "tools/lib.sh").write_text(LIB)
    (tmp_path / "bin").mkdir()
    for path, text in ((tmp_path / "bin/ninja", NINJA), (tmp_path / "meson", MESON)):
        path.write_text(text)
        path.chmod(0o755)

    def run(*arguments, **env):
        path = f"{tmp_path}/bin:{os.environ['PATH']}"
        done = subprocess.run([tmp_path / "tools/check", *arguments], env={**os.environ, "PATH": path, **env},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
        return done.returncode, done.stdout.splitlines()

    return run


def test_all_is_well(check):
    status, lines = check()
    assert (status, lines[-1]) == (0, "18 passed, 0 failed, 0 skipped"), lines
    assert check("--fast")[1][-1] == "2 passed, 0 failed, 0 skipped"


@pytest.mark.parametrize("bad, failed", [("build-asan", 1), ("build-tsan", 1)])
def test_a_build_beside_the_tests_that_fails(check, bad, failed):
    status, lines = check(BAD=bad)
    assert status == 1
    assert "cannot be compiled" in lines
    assert f"FAILED: {bad} ends with status 1" in lines
    assert lines[-1] == f"17 passed, {failed} failed, 0 skipped"


@pytest.mark.parametrize("bad, failed", [("build-computing", 1), ("build-valgrind", 14)])
def test_a_test_that_fails(check, bad, failed):
    status, lines = check(BAD=bad)
    assert (status, lines[-1]) == (1, f"{18 - failed} passed, {failed} failed, 0 skipped"), lines


@pytest.mark.parametrize("gone", ["build", "build-computing", "build-valgrind", "build-asan", "build-tsan"])
def test_tests_that_did_not_run(check, gone):
    status, lines = check(GONE=gone)
    assert status == 1
    assert ", 0 failed," not in lines[-1]


def test_the_first_build_fails(check):
    status, lines = check(BAD="build")
    assert status != 0
    assert lines[-1] == "0 passed, 1 failed, 0 skipped"
