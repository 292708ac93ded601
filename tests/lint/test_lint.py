"""tools/lint, let loose on a small tree: a defect of each kind is found, and a missing tool is told."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GOOD_SOURCE = "int twice(int number);\nint twice(int number) {\n  return 2 * number;\n}\n"
UNGUARDED = """#include "mutex.hpp"
struct Count {
  stage3::Mutex mutex;
  int number STAGE3_GUARDED_BY(mutex) = 0;
};
int next(Count& count);
int next(Count& count) {
  { const stage3::MutexLock lock(count.mutex); ++count.number; }
  return ++count.number;
}
"""
GOOD_SCRIPT = '#!/bin/sh\necho "$1"\n'
TOOLS = {"tidy": "clang-tidy-14", "threads": "clang++", "cppcheck": "cppcheck", "shellcheck": "shellcheck"}


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "build").mkdir()
    for name in ("src/base", "tools", "tests/lint"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("tools/lint", ".clang-tidy", "tests/lint/cppcheck-suppressions.txt", "src/base/mutex.hpp"):
        shutil.copy(ROOT / name, tmp_path / name)
    compile_also(tmp_path, "twice.cpp", GOOD_SOURCE)
    (tmp_path / "tools/script").write_text(GOOD_SCRIPT, encoding="utf-8")
    return tmp_path


def compile_also(tree, name, text, folder="base"):
    source, database = tree / "src" / folder / name, tree / "build/compile_commands.json"
    source.parent.mkdir(exist_ok=True)
    known = json.loads(database.read_text(encoding="utf-8")) if database.exists() else []
    command = f"c++ -MD -MQ {name}.o -MF {name}.o.d -o {name}.o -c {source}"
    known.append({"directory": str(tree / "build"), "command": command, "file": str(source)})
    database.write_text(json.dumps(known), encoding="utf-8")
    source.write_text(text, encoding="utf-8")


def lint(tree, *arguments, path=os.environ["PATH"]):
    done = subprocess.run(
        ["/usr/bin/python3", "-B", tree / "tools/lint", *arguments],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 77 and path == os.environ["PATH"]:
        pytest.skip(done.stdout.strip())
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("check", TOOLS)
def test_good_sources_pass(tree, check):
    assert lint(tree, check) == (0, "")


@pytest.mark.parametrize(
    "check, file, defect, finding",
    [
        ("tidy", "src/base/twice.cpp", "int Thrice(int number) {\n  return 3 * number;\n}\n", "readability-identifier-naming"),
        ("threads", "src/base/twice.cpp", UNGUARDED, "requires holding mutex 'count.mutex'"),
        ("cppcheck", "src/base/twice.cpp", "int last() {\n  int of[2] = {1, 2};\n  return of[2];\n}\n", "arrayIndexOutOfBounds"),
        ("shellcheck", "tools/script", "rm $1\n", "SC2086"),
    ],
)
def test_a_defect_is_found(tree, check, file, defect, finding):
    with open(tree / file, "a", encoding="utf-8") as stream:
        stream.write(defect)
    for _ in range(2):
        status, output = lint(tree, check)
        assert status == 1
        assert finding in output


def test_what_has_passed_is_looked_at_again_once_it_changes(tree):
    assert lint(tree, "tidy") == (0, "")
    assert len(list((tree / "build/lint-passed").iterdir())) == 1
    (tree / "src/base/twice.hpp").write_text("void Shout();\n", encoding="utf-8")
    (tree / "src/base/twice.cpp").write_text('#include "twice.hpp"\n' + GOOD_SOURCE, encoding="utf-8")
    assert lint(tree, "tidy")[0] == 1
    (tree / "src/base/twice.hpp").write_text("void shout();\n", encoding="utf-8")
    assert lint(tree, "tidy") == (0, "")


@pytest.mark.parametrize("folder", ["base", "disk"])
@pytest.mark.parametrize("private", ["kTimes", "kThrice"], ids=["names in common", "none in common"])
def test_files_that_are_looked_at_together(tree, private, folder):
    with open(tree / "src/base/twice.cpp", "a", encoding="utf-8") as stream:
        stream.write("namespace {\nconstexpr int kTimes = 2;\n}\nint times();\nint times() { return kTimes; }\n")
    text = f"namespace {{\nconstexpr int {private} = 3;\n}}\nint thrice();\nint thrice() {{ return {private}; }}\n"
    compile_also(tree, "thrice.cpp", text, folder)
    assert lint(tree, "tidy") == (0, "")
    assert len(list((tree / "build/lint-passed").iterdir())) == 2
    with open(tree / "src" / folder / "thrice.cpp", "a", encoding="utf-8") as stream:
        stream.write("int Shout();\n")
    compile_also(tree, "once.cpp", "int once();\nint once() { return 1; }\n")
    status, output = lint(tree, "tidy")
    assert status == 1
    assert f"{tree}/src/{folder}/thrice.cpp:6:5: error: invalid case style for function 'Shout'" in output
    assert "suspicious" not in output


@pytest.mark.parametrize("how", [["tidy"], ["--thorough", "tidy"]], ids=" ".join)
def test_files_that_are_compiled_together_are_looked_at(tree, how):
    (tree / "build/twice-unity0.cpp").write_text(f"#include<{tree}/build/../src/base/twice.cpp>\n", encoding="utf-8")
    name = "twice-unity0.cpp"
    entry = {"directory": str(tree / "build"), "command": f"c++ -o {name}.o -c {name}", "file": name}
    (tree / "build/compile_commands.json").write_text(json.dumps([entry]), encoding="utf-8")
    assert lint(tree, *how) == (0, "")
    with open(tree / "src/base/twice.cpp", "a", encoding="utf-8") as stream:
        stream.write("int Shout();\n")
    status, output = lint(tree, *how)
    assert status == 1
    assert f"{tree}/src/base/twice.cpp:5:5: error: invalid case style for function 'Shout'" in output


def test_paths_are_followed_if_it_is_to_be_thorough(tree):
    with open(tree / "src/base/twice.cpp", "a", encoding="utf-8") as stream:
        stream.write("int shared(const int* number);\nint shared(const int* number) {\n"
                     "  if (number == nullptr) twice(1);\n  return *number;\n}\n")
    compile_also(tree, "once.cpp", "int once();\nint once() { return 1; }\n")
    assert lint(tree, "tidy") == (0, "")
    status, output = lint(tree, "--thorough", "tidy")
    assert status == 1 and "clang-analyzer-core.NullDereference" in output
    assert lint(tree, "tidy") == (0, "")


@pytest.mark.parametrize("check, tool", TOOLS.items())
def test_a_missing_tool_is_told(tree, check, tool):
    status, output = lint(tree, check, path=str(tree))
    assert status == 77
    assert output.startswith(f"SKIPPED: no {tool}: install it (Debian: ")


def test_a_folder_without_sources_is_an_error(tree):
    status, output = lint(tree, "tidy", "src/none")
    assert status == 1
    assert "compiles nothing of: src/none" in output
