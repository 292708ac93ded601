"""tools/reliability_table.py: figures become the table of docs/reliability.md."""

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

ROOT = Path(os.environ["STAGE3_SOURCE"])
TABLE = ROOT / "tools" / "reliability_table.py"
NUMBERS = list(runpy.run_path(str(TABLE))["PROMISES"])
MARKS = ("before\n<!-- figures: written by tools/reliability -->\nyesterday\n<!-- end of figures -->\nbetween\n"
         "<!-- cells: written by tools/reliability -->\nyesterday\n<!-- end of cells -->\nafter\n")


def make_table(directory, lines, document=None, *options):
    figures = directory / "figures"
    figures.write_text("".join(json.dumps(line) + "\n" for line in lines))
    words = [sys.executable, "-B", TABLE, figures]
    if document is not None:
        (directory / "document.md").write_text(document)
        words += [directory / "document.md", *options]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def figure(number, text, test="../tests/torture/test_kill.py::test_command"):
    return {"promise": number, "test": test, "figure": text}


def test_a_row_for_each_promise(tmp_path):
    done = make_table(tmp_path, [figure(number, f"{number} | x") for number in NUMBERS], MARKS)
    assert (done.returncode, done.stderr) == (0, "")
    text = (tmp_path / "document.md").read_text()
    assert text.startswith("before\n") and text.endswith("after\n") and "yesterday" not in text
    rows = [line for line in text.splitlines() if line.startswith("| ") and line[2].isdigit()]
    assert len(rows) == len(NUMBERS)
    assert rows[0].endswith(" | 1 \\| x | `test_kill.py` |")


def test_figures_of_one_promise_stand_together_and_once(tmp_path):
    done = make_table(tmp_path, [figure(2, "b", "t.py::b"), figure(2, "a", "t.py::a"), figure(2, "a", "t.py::a")])
    assert done.stdout == "  2  a  (t.py)\n  2  b  (t.py)\n"


def test_a_promise_without_a_figure_is_a_failure(tmp_path):
    done = make_table(tmp_path, [figure(number, "x") for number in NUMBERS if number != 19], MARKS)
    assert done.returncode == 1 and "no figure for promise 19" in done.stderr
    assert "**nothing was measured**" in (tmp_path / "document.md").read_text()


def test_some_rows_take_the_place_of_theirs(tmp_path):
    make_table(tmp_path, [figure(number, f"{number} old") for number in NUMBERS if number != 26], MARKS)
    before = (tmp_path / "document.md").read_text()
    done = make_table(tmp_path, [figure(26, "new"), figure(2, "new")], before, "--some")
    assert (done.returncode, done.stderr) == (0, "")
    after = (tmp_path / "document.md").read_text()
    changed = [(old, new) for old, new in zip(before.splitlines(), after.splitlines()) if old != new]
    assert [(old[:4], new.split(" | ")[2]) for old, new in changed] == [("| 2 ", "new"), ("| 26", "new")]
    assert len(before.splitlines()) == len(after.splitlines())


def test_cells_become_a_matrix(tmp_path):
    def cell(row, column, kind, text):
        return {"table": "room", "row": row, "column": column, "kind": kind, "text": text, "test": "t.py::a"}
    cells = [cell("none", "ext4", "refused", "full"), cell("none", "xfs", "refused", "full"), cell("a lot", "ext4", "saved", "")]
    done = make_table(tmp_path, [figure(number, "x") for number in NUMBERS] + cells, MARKS)
    assert (done.returncode, done.stderr) == (0, "")
    text = (tmp_path / "document.md").read_text()
    assert "| none | refused | refused | full |\n| a lot | saved |  |  |\n" in text
    assert text.index("between") < text.index("| none |") < text.index("after") and "yesterday" not in text


def test_a_document_without_the_marks_is_left_alone(tmp_path):
    done = make_table(tmp_path, [figure(1, "x")], "something else")
    assert done.returncode == 1 and "marks" in done.stderr
    assert (tmp_path / "document.md").read_text() == "something else"


def test_every_promise_of_the_document_has_been_measured():
    """The committed table is whole."""
    text = (ROOT / "docs" / "reliability.md").read_text()
    assert "nothing was measured" not in text and "| 19 |" in text
