"""The header, the recorded list and the built libraries name the same functions."""

import os
import re
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
RECORDED = (HERE / "exports.txt").read_text(encoding="utf-8").split()


def symbols(*options, library):
    """The names that nm tells; a version behind an `@` is cut off."""
    listed = subprocess.run(["nm", *options, library], capture_output=True, check=True, text=True).stdout
    rows = [line.split() for line in listed.splitlines()]
    return {row[2].split("@")[0] for row in rows if len(row) == 3 and row[1] != "A"}


def test_the_header_declares_what_is_recorded():
    header = Path(os.environ["STAGE3_HEADER"]).read_text(encoding="utf-8")
    declared = re.findall(r"^STAGE3_API [^;(]*?\b(stage3_\w+)\(", header, re.M)
    assert sorted(declared) == RECORDED


def test_the_shared_library_exports_nothing_else():
    assert symbols("-D", "--defined-only", library=os.environ["STAGE3_SHARED"]) == set(RECORDED)


def test_the_static_library_has_them_all():
    defined = symbols("--defined-only", "-g", library=os.environ["STAGE3_STATIC"])
    assert set(RECORDED) <= defined
    assert {name for name in defined if name.startswith("stage3_")} == set(RECORDED)
