"""Every file that a page of the documentation names is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / name for name in ("README.md", "SECURITY.md", "CONTRIBUTING.md", "src/README.md")]
PAGES += sorted((ROOT / "docs").glob("**/*.md")) + sorted((ROOT / "tests").glob("*/README.md"))
FOLDERS = ("bindings", "capi", "docs", "examples", "include", "src", "tests", "tools")
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
CODE = re.compile(r"`([^`\n]+)`")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
PATH = re.compile(rf"(?:{'|'.join(FOLDERS)})/[\w./*+-]*[\w*/]")
TEST_FILE = re.compile(r"test_[\w*]+\.(?:py|cpp|c)")


def missing(text, folder):
    """What the page `text`, which stands in `folder`, names and nobody finds."""
    text = FENCED.sub("", text)
    links = [link for link in LINK.findall(text) if "://" not in link and not (folder / link).exists()]
    words = [word for code in CODE.findall(text) for word in code.split()]
    paths = [word for word in words if PATH.fullmatch(word) and not any(ROOT.glob(word.rstrip("/")))]
    tests = [word for word in words if TEST_FILE.fullmatch(word) and not any((ROOT / "tests").rglob(word))]
    return links + paths + tests


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page_names_only_what_is_there(page):
    assert missing(page.read_text(encoding="utf-8"), page.parent) == []


@pytest.mark.parametrize("text, expected", [
    ("see [here](docs/none.md#top) and [there](README.md)", ["docs/none.md"]),
    ("`src/none.cpp` and `src/README.md`, `tests/e2e/`, `src/net/*.cpp`", ["src/none.cpp"]),
    ("run `tools/none --fast` or `tools/check --long`", ["tools/none"]),
    ("`test_none.py`, `test_docs.py`, `test_doc*.py`", ["test_none.py"]),
    ("[elsewhere](https://example.org/none)\n```\n`src/none`\n```\n", []),
])
def test_what_is_missing_is_found(text, expected):
    assert missing(text, ROOT) == expected


# --- The tables of the operator's pages

CONFIG = "".join(path.read_text(encoding="utf-8") for name in ("config", "base")
                 for path in sorted((ROOT / "src" / name).glob("*.[ch]pp")))
# What a message of the configuration begins with, behind what it is about, where the place alone does not explain it.
PUZZLES = re.compile(r'"((?: stands | is no |the section is |there is no section |no blank |[^"]*a tab, )[^"]*)"')
# What stands for something else in a message that a page quotes.
STANDS_FOR = re.compile(r"\.\.\.|'[^']*'|U\+[0-9A-F]{4} \([^)]*\)|UTF-16")


def config_table():
    page = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
    table = page.split("When the configuration is refused", 1)[1].split("\n## ", 1)[0]
    return [row.split(" | ")[0] for row in table.splitlines() if row.startswith("| `")]


def test_table_of_configuration_errors_quotes_what_is_said():
    quoted = [part.strip() for row in config_table() for code in CODE.findall(row) for part in STANDS_FOR.split(code)]
    assert [part for part in quoted if part.strip("() ") and part.strip("()") not in CONFIG] == []


def test_no_puzzling_configuration_error_is_missing_in_the_table():
    said = {text.split("'")[0].split(": ")[-1].split(";")[0].strip() for text in PUZZLES.findall(CONFIG)}
    table = "\n".join(config_table())
    assert len(said) >= 7 and [text for text in sorted(said) if text not in table] == []


def test_no_subject_stands_twice_in_the_differences():
    table = (ROOT / "README.md").read_text(encoding="utf-8").split("## Differences", 1)[1].split("\n## ", 1)[0]
    subjects = [row.split(" | ")[0] for row in table.splitlines() if row.startswith("| ")]
    assert len(subjects) > 30 and [one for one in set(subjects) if subjects.count(one) > 1] == []
