"""Stops or fails a program at its system calls on a state file, one by one, with strace."""

import re
import shutil
import subprocess
from dataclasses import dataclass

import pytest

from harness import SIBLINGS

STRACE = shutil.which("strace")


def can_trace():
    if STRACE is None:
        return False
    return subprocess.run([STRACE, "-o", "/dev/null", "true"], capture_output=True, check=False).returncode == 0


needs_strace = pytest.mark.skipif(not can_trace(), reason="needs strace, and leave to trace processes")


@dataclass(frozen=True)
class Call:
    """The `nth` call of this name on the state file's directory, from 1."""

    name: str
    nth: int
    text: str

    def once(self, what):
        return f"{self.name}:{what}:when={self.nth}"

    def for_good(self, what):
        return f"{self.name}:{what}:when={self.nth}+"

    def __str__(self):
        return f"{self.name} #{self.nth} ({self.text})"


def prefix(saves, *injections):
    """The words in front of a command that trace its calls on the state file and inject faults."""
    name = saves.path.name
    names = [name, *(name + suffix for suffix in SIBLINGS)]
    paths = [".", "data", "data/.", str(saves.path.parent), *names,
             *("data/" + n for n in names), *(str(saves.path.parent / n) for n in names)]
    words = [STRACE, "--quiet=all", "-f", "-o", str(saves.dir / "strace.log")]
    for path in paths:
        words += ["-P", path]
    for injection in injections:
        words += ["-e", "inject=" + injection]
    return words


def log_of(saves):
    return (saves.dir / "strace.log").read_text(errors="replace")


def calls_of(saves):
    """All calls on the state file and its siblings in one undisturbed run, in order."""
    saves.reset()
    done = saves.run(prefix(saves))
    assert done.returncode == 0 and saves.is_new(), done
    counts = {}
    calls = []
    for pid, name, rest in re.findall(r"^(\d+) +(\w+)\((.*)$", log_of(saves), re.M):
        counts[pid, name] = counts.get((pid, name), 0) + 1
        calls.append(Call(name, counts[pid, name], rest[:100]))
    assert len({pid for pid, _ in counts}) == 1, "strace counts the calls of each thread by themselves"
    return calls
