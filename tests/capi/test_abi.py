"""stage3.h and the shared library are what programs compiled earlier expect: the recorded ABI and constants."""

import os
import platform
import shutil
import subprocess
from pathlib import Path

import pytest
from header_abi import RECORDED_ABI, RECORDED_CONSTANTS, constants, empty_library

HEADER = Path(os.environ["STAGE3_HEADER"]).read_text(encoding="utf-8")
SHARED = os.environ["STAGE3_SHARED"]

RENEW = "If that is meant, renew the record: ninja -C build record-abi"

# The exit status of abidiff is made of these bits; 1 and 2 mean that it could not compare.
CHANGED = 4
INCOMPATIBLE = 8


def needs_abidiff(test):
    test = pytest.mark.skipif(platform.machine() != "x86_64", reason="the recorded ABI is that of x86_64")(test)
    return pytest.mark.skipif(not shutil.which("abidiff"), reason="no abidiff: install abigail-tools")(test)


def compare_with_record(library):
    """Exit status and report of abidiff. Only what is exported: the types behind the handles are nobody's business."""
    done = subprocess.run(["abidiff", "--exported-interfaces-only", RECORDED_ABI, library],
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def changed(old, new):
    assert HEADER.count(old) == 1
    return HEADER.replace(old, new)


@needs_abidiff
def test_the_header_is_as_recorded(tmp_path):
    status, report = compare_with_record(empty_library(tmp_path, HEADER))
    assert status == 0, f"{report}\n{RENEW}"


@needs_abidiff
def test_the_shared_library_is_as_recorded():
    sections = subprocess.run(["readelf", "-SW", SHARED], capture_output=True, text=True, check=True).stdout
    if ".debug_info" not in sections:
        pytest.skip("the library is built without debug information, which abidiff needs")
    status, report = compare_with_record(SHARED)
    assert status == 0, f"{report}\n{RENEW}"


@needs_abidiff
@pytest.mark.parametrize("old, new, status", [
    pytest.param("  size_t failed;\n", "  size_t failed;\n  size_t more;\n", CHANGED, id="a member more"),
    pytest.param("  size_t failed;\n", "  int failed;\n", CHANGED, id="a smaller member"),
    pytest.param("stage3_version(void)", "stage3_versions(void)", CHANGED | INCOMPATIBLE, id="a function less"),
    pytest.param("stage3_error_word(int code)", "stage3_error_word(long code)", CHANGED, id="another parameter"),
    pytest.param("_VERSION_MINOR ", "_VERSION_MINOR 9", CHANGED | INCOMPATIBLE, id="another series"),
])
def test_a_change_of_the_header_is_found(tmp_path, old, new, status):
    assert compare_with_record(empty_library(tmp_path, changed(old, new)))[0] == status


def test_the_constants_are_as_recorded():
    assert constants(HEADER) == RECORDED_CONSTANTS.read_text(encoding="utf-8"), RENEW


@pytest.mark.parametrize("old, new", [
    pytest.param("STAGE3_E_LOCKED = -5", "STAGE3_E_LOCKED = -15", id="another value"),
    pytest.param("#define STAGE3_RUN_DRY 1u", "#define STAGE3_RUN_DRY 2u", id="another bit"),
    pytest.param("  STAGE3_PART_AUTH = 3,\n", "", id="a constant less"),
])
def test_a_changed_constant_is_found(old, new):
    assert constants(changed(old, new)) != RECORDED_CONSTANTS.read_text(encoding="utf-8")
