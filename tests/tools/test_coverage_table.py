import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).resolve().parents[2] / "tools" / "coverage_table.py"


def file(name, lines, branches=(0, 0)):
    return {
        "filename": name,
        "line_covered": lines[0],
        "line_total": lines[1],
        "branch_covered": branches[0],
        "branch_total": branches[1],
    }


def run(tmp_path, files, *options):
    summary = tmp_path / "summary.json"
    summary.write_text(json.dumps({"files": files}), encoding="utf-8")
    done = subprocess.run([sys.executable, PROGRAM, *options, summary], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, [" ".join(line.split()) for line in done.stdout.splitlines()]


def test_files_are_summed_up_by_folder(tmp_path):
    files = [
        file("src/net/poller.cpp", (30, 40), (1, 4)),
        file("src/net/pinger.cpp", (10, 10), (3, 4)),
        file("src/run/runner.cpp", (50, 50), (2, 2)),
        file("capi/run.cpp", (7, 7)),
    ]
    status, lines = run(tmp_path, files)
    assert status == 0
    assert lines == [
        "lines branches",
        "capi 7 of 7 100.0 % 0 of 0 100.0 %",
        "src 90 of 100 90.0 % 6 of 10 60.0 %",
        "src/net 40 of 50 80.0 % 4 of 8 50.0 %",
        "src/run 50 of 50 100.0 % 2 of 2 100.0 %",
    ]


@pytest.mark.parametrize(
    "src, capi, failed",
    [((95, 100), (19, 20), []), ((94, 100), (20, 20), ["src"]), ((100, 100), (9, 10), ["capi"]), ((0, 5), (0, 5), ["src", "capi"])],
)
def test_too_few_lines_of_either_folder_fail(tmp_path, src, capi, failed):
    status, lines = run(tmp_path, [file("src/a.cpp", src), file("capi/b.cpp", capi)], "--at-least", "95")
    told = [line for line in lines if line.startswith("FAILED")]
    assert [line.split(" lines of ")[1].split("/")[0] for line in told] == failed
    assert status == (1 if failed else 0)


def test_many_lines_elsewhere_do_not_make_up_for_it(tmp_path):
    files = [file("src/a.cpp", (1, 10)), file("capi/b.cpp", (1, 1)), file("include/stage3/c.hpp", (1000, 1000))]
    assert run(tmp_path, files, "--at-least", "95")[0] == 1


def test_nothing_compiled_is_a_failure(tmp_path):
    assert run(tmp_path, [file("src/a.cpp", (1, 1))], "--at-least", "95")[0] == 1
    assert run(tmp_path, [], "--at-least", "95")[0] == 1
