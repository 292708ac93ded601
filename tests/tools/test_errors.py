"""The table of errors has a row for each error that the code makes and no other, and the pages say what it says."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

FAILS = re.compile(r"\bfail\(([^;{}]*);")
CAUSE = re.compile(r"\bCause::(\w+)")
# Where a part and a cause are handed on that another place has named.
HANDED_ON = ("fail(part, failure.cause,", "fail(Part::auth, refusal.cause,", "fail(Part::identity, cause,")
# Where that is: which part it is of, and how the cause is named.
NAMED = (("identity", re.compile(r"\brefuse\(Cause::(\w+)")), ("auth", re.compile(r"\bRefusal\{Cause::(\w+)")),
         ("auth", re.compile(r"\bgive_up\(\{Cause::(\w+)")))


def code_of(*patterns):
    """The text of sources in one line each, without comments."""
    texts = [path.read_text(encoding="utf-8") for pattern in patterns for path in sorted((ROOT / "src").glob(pattern))]
    return [re.sub(r"\s+", " ", re.sub(r"(?<!:)//[^\n]*", "", text)).replace("( ", "(") for text in texts]


def causes_of_a_reply(net, reply, trust):
    """What any reply can fail with, but for what is told as a matter of trust before anybody looks at it."""
    described = re.search(r"Failure describe\(.*?\n?return failure; }", reply).group()
    return ({cause for text in net for cause in CAUSE.findall(text)} | set(CAUSE.findall(described))) - (trust - {"local"})


def errors_in(probe, of_a_reply, of_silence, trust):
    """The ids of the errors that calls in these sources make, and the calls of which nobody knows."""
    found, unknown = set(), []
    for text in probe:
        found |= {f"{part}.{cause}" for part, pattern in NAMED for cause in pattern.findall(text)}
        for match in FAILS.finditer(text):
            call = match.group()
            arguments = re.match(r"fail\(Part::(\w+), (?:(reply\b)|([^,]*\bCause::[^,]*),)", call)
            if arguments:
                part, reply, causes = arguments.groups()
                of_reply = of_silence if part == "reach" else of_a_reply
                found |= {f"{part}.{cause}" for cause in (of_reply if reply else CAUSE.findall(causes))}
            elif not call.startswith(HANDED_ON):
                unknown.append(call)
    return found | {f"identity.{cause}" for cause in trust}, unknown


@pytest.fixture(scope="module")
def made():
    reply, trust = code_of("probe/reply.cpp")[0], set(CAUSE.findall(code_of("probe/trust.cpp")[0]))
    silence = set(CAUSE.findall(re.search(r"bool is_connection_trouble\(.*?}", reply).group()))
    of_a_reply = causes_of_a_reply(code_of("net/*.cpp", "run/*.cpp"), reply, trust)
    assert silence < of_a_reply and {"tls_key", "tls_untrusted"} < trust
    return lambda probe: errors_in(probe, of_a_reply, silence, trust)


@pytest.fixture(scope="module")
def table():
    done = subprocess.run([os.environ["STAGE3_ERRORS"]], capture_output=True, check=True, encoding="utf-8")
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    return {row[0]: {"en": tuple(row[1:3]), "de": tuple(row[3:5])} for row in rows}


def test_each_error_that_the_code_makes_has_a_row_and_each_row_is_made(made, table):
    found, unknown = made(code_of("probe/*.cpp"))
    assert unknown == []
    assert sorted(found) == sorted(name for name in table if not name.endswith(".other"))


@pytest.mark.parametrize("call, expected, is_known", [
    ("conversation().fail(Part::friendly, Cause::lost, words);", "friendly.lost", True),
    ("fail(Part::entry, is_new ? Cause::tls : Cause::http, words);", "entry.http", True),
    ("return refuse(Cause::lost, words);", "identity.lost", True),
    ("return Refusal{Cause::tls_only, words};", "auth.tls_only", True),
    ("conversation.fail(Part::entry, reply);", "entry.timeout", True),
    ("conversation.fail(part_of(step), cause_of(step), words);", None, False),
])
def test_an_error_without_a_row_is_found(made, table, call, expected, is_known):
    found, unknown = made([call])
    assert expected is None or expected in found - set(table)
    assert (unknown == []) == is_known


PAGES = {"en": ("docs/operating.md", "What errors mean, and what to do"), "de": ("docs/de/errors.md", "Fehlertabelle")}


def explained(page, title):
    """What the tables of a section say: by id meaning and advice, and the first column."""
    text = (ROOT / page).read_text(encoding="utf-8")
    section = re.search(rf"^#+ {title}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL).group(1)
    rows = [re.split(r" (?<!\\)\| ", line[2:-2]) for line in section.splitlines() if line.startswith("| ")]
    said, shown = {}, {}
    for cells in rows:
        if len(cells) == 4 and re.match(r"`[a-z]+\.", cells[1]):
            for name in re.findall(r"`([\w.]+)`", cells[1]):
                assert name not in said, f"{name} stands in {page} twice"
                said[name] = tuple(cell.replace("`", "").replace("\\|", "|") for cell in cells[2:])
                shown[name] = cells[0]
    return said, shown


@pytest.mark.parametrize("language", PAGES)
def test_the_page_says_what_the_table_says(table, language):
    said, _ = explained(*PAGES[language])
    assert said == {name: texts[language] for name, texts in table.items()}


@pytest.mark.parametrize("language", PAGES)
def test_the_page_shows_each_error_as_it_is_told(language):
    _, shown = explained(*PAGES[language])
    for name, text in shown.items():
        part = name.split(".")[0].replace("ota", "OTA")
        assert all(quoted.startswith(f"{part}: ") for quoted in re.findall(r"`([^`]+)`", text)), name
        assert text.startswith("`") or name.endswith(".other"), name
