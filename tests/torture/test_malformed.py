"""Promise 8: a damaged state file is never overwritten, nor is its backup."""

import re

import pytest

import figures
from harness import SAVER, command_that_saves, library_that_saves, sample, started
from promptly import PATIENCE

GOOD = sample()
ENTRY = b'{"A8032A000001": {"ip": "127.1.0.1"}}'


def cut_at(share):
    return GOOD[:int(len(GOOD) * share)]


# 40 ways of being no state file.
MALFORMED = {
    "empty": b"",
    "blank": b" \n\t\n",
    "cut at the first byte": GOOD[:1],
    "cut early": cut_at(0.1),
    "cut in the middle": cut_at(0.5),
    "cut late": cut_at(0.9),
    "cut before the last brace": GOOD.rstrip()[:-1],
    "zeros instead of data": b"\0" * 4096,
    "zeros at the end": GOOD + b"\0" * 100,
    "zeros in the middle": GOOD[:100] + b"\0" * 20 + GOOD[120:],
    "a second document": GOOD + b"{}",
    "something behind the end": GOOD + b"x",
    "half of it twice": GOOD[:200] + GOOD,
    "a byte order mark": b"\xef\xbb\xbf" + GOOD,
    "UTF-16": GOOD.decode().encode("utf-16"),
    "Latin-1": ENTRY.replace(b"127.1.0.1", b"K\xfcche"),
    "a cut character": ENTRY.replace(b"127.1.0.1", b"\xc3"),
    "an overlong character": ENTRY.replace(b"127.1.0.1", b"\xc0\xaf"),
    "half of an escape": ENTRY.replace(b"127.1.0.1", b"\\ud83"),
    "an unknown escape": ENTRY.replace(b"127.1.0.1", b"\\x41"),
    "a raw line feed in a string": ENTRY.replace(b"127.1.0.1", b"127\n"),
    "an open string": ENTRY.replace(b'127.1.0.1"', b"127.1.0.1"),
    "single quotes": ENTRY.replace(b'"', b"'"),
    "a comment": b"// mine\n" + ENTRY,
    "a trailing comma": ENTRY.replace(b"}}", b"},}"),
    "a missing comma": ENTRY.replace(b"}}", b'} "b": 1}'),
    "a missing colon": ENTRY.replace(b'"ip":', b'"ip"'),
    "a name without quotes": ENTRY.replace(b'"ip"', b"ip"),
    "a wrong bracket": ENTRY.replace(b"}}", b"]}"),
    "NaN": ENTRY.replace(b'"127.1.0.1"', b"NaN"),
    "a leading zero": ENTRY.replace(b'"127.1.0.1"', b"007"),
    "a bare point": ENTRY.replace(b'"127.1.0.1"', b"1."),
    "a plus sign": ENTRY.replace(b'"127.1.0.1"', b"+1"),
    "a Python literal": ENTRY.replace(b'"127.1.0.1"', b"None"),
    "an array": b"[" + ENTRY + b"]",
    "a string": b'"A8032A000001"',
    "null": b"null",
    "too deep": ENTRY.replace(b'"127.1.0.1"', b"[" * 100_000 + b"]" * 100_000),
    "a merge conflict": b"<<<<<<< mine\n" + ENTRY + b"\n=======\n{}\n>>>>>>> theirs\n",
    "a newer version": b'{"version": 2, "devices": ' + ENTRY + b"}",
}


def test_there_are_forty():
    assert len(MALFORMED) == 40


def test_command_refuses_each():
    with command_that_saves() as saves:
        for name, text in MALFORMED.items():
            saves.old = text
            saves.reset()
            done = saves.run()
            assert done.returncode == 3 and done.stdout == b"", (name, done)
            assert re.match(rb"stage3: data/ip_state\.json:\d+:\d+: \S", done.stderr), (name, done.stderr)
            assert saves.is_old() and saves.damage() == "", name
            assert {path.name for path in saves.path.parent.iterdir()} <= {
                "config.yaml", "ip_state.json", "ip_state.json.bak", "ip_state.json.run.lock"}, name
        assert saves.fleet.requests() == []
    figures.tell(8, f"{len(MALFORMED)} malformed files, before a run: untouched, and so is the backup")


def overwritten(mutant):
    """The names of those that a save replaced which had loaded the file when it was still good."""
    names = []
    for name, text in MALFORMED.items():
        with library_that_saves() as saves:
            with started(SAVER, "--wait", "--hurry", "--mutant", mutant, saves.path) as saver:
                assert saver.stdout.readline() == "ready\n"
                saves.path.write_bytes(text)
                out, _ = saver.communicate("\n", timeout=PATIENCE)
            saves.old = text
            backup = saves.sibling(".bak").read_bytes()
            if not saves.is_old() or backup == text or "not saved" not in out:
                names.append(name)
    return names


def test_file_that_turns_bad_after_it_was_loaded():
    assert overwritten("none") == []
    figures.tell(8, f"{len(MALFORMED)} malformed files, in the middle of a run: untouched, and so is the backup")


@pytest.mark.parametrize("protection", ["in-place", "read-and-rename"])
def test_overwriting_is_noticed(protection):
    assert len(overwritten(protection)) == len(MALFORMED)
