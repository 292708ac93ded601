"""Another stage that saves as chapter 9 of the runbook says, word for word and without any lock:

    runbook_writer.py FILE SECONDS PAUSE_MS WINDOW

copies the file to `.bak`, writes `.tmp`, replaces the file by it; over and over, at least three times, each time with its
number in one entry. Before the last step it looks whether `.tmp` is still what it has written, and at each reading whether
all that it wrote is still there. WINDOW is a file of 8 bytes, made if missing: an odd number while `.bak` or `.tmp` may be
half written by us.

Prints {"writes", "lost": changes that are gone, "errors": steps that failed, "disturbed": how often `.tmp` was not ours any
more, "foreign": what each entry's number must be from now on}.
"""

import json
import mmap
import os
import re
import shutil
import sys
import time


class Window:
    """Tells others, through shared memory, when our files may be half written."""

    def __init__(self, path):
        with open(path, "a+b") as file:
            if file.tell() < 8:
                file.truncate(8)
            self.memory = memoryview(mmap.mmap(file.fileno(), 8)).cast("Q")

    def __enter__(self):
        self.memory[0] += 1

    def __exit__(self, *_):
        self.memory[0] += 1

    @property
    def number(self):
        return self.memory[0]


class Stage:
    """Keeps a number of eight digits in `foreign` of each entry, which it finds again without reading the whole as JSON:
    that takes longer than what it is about here."""

    NUMBER = re.compile(rb'"foreign": "(\d{8})"')

    def __init__(self, path, window):
        self.path = path
        self.window = window
        self.written = []
        self.writes = self.lost = self.disturbed = 0
        self.errors = []

    def begin(self):
        with open(self.path, "rb") as file:
            state = json.loads(file.read())
        for entry in state.values():
            entry["foreign"] = f"{0:08}"
        with self.window:
            self.save(json.dumps(state, indent=2).encode())
        self.written = [b"%08d" % 0] * len(state)

    def write_once(self):
        with open(self.path, "rb") as file:
            content = file.read()
        found = list(self.NUMBER.finditer(content))
        if len(found) != len(self.written):
            raise ValueError(f"{len(found)} of {len(self.written)} numbers in {len(content)} bytes")
        self.count_lost([match[1] for match in found])
        index = self.writes % len(found)
        number = b"%08d" % (self.writes + 1)
        with self.window:
            self.save(content[:found[index].start(1)] + number + content[found[index].end(1):])
        self.written[index] = number
        self.writes += 1

    def save(self, content):
        temporary = self.path + ".tmp"
        shutil.copyfile(self.path, self.path + ".bak")
        with open(temporary, "wb") as file:
            file.write(content)
            ours = os.fstat(file.fileno()).st_ino
        with open(temporary, "rb") as file:
            self.disturbed += os.fstat(file.fileno()).st_ino != ours or file.read() != content
        os.replace(temporary, self.path)

    def count_lost(self, found):
        """Each change counts once: from now on what stands there is expected."""
        self.lost += sum(now != was for now, was in zip(found, self.written))
        self.written = found

    def result(self):
        """Looks at the file once more."""
        with open(self.path, "rb") as file:
            self.count_lost(self.NUMBER.findall(file.read()))
        return {"writes": self.writes, "lost": self.lost, "errors": self.errors[:5], "disturbed": self.disturbed,
                "foreign": [number.decode() for number in self.written]}


def main(path, seconds, pause_ms, window):
    stage = Stage(path, Window(window))
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end or stage.writes < 3:
        try:
            if stage.written:
                stage.write_once()
            else:
                stage.begin()
        except (OSError, ValueError) as error:
            stage.errors.append(f"{type(error).__name__}: {error}")
            if len(stage.errors) > 100:
                break
        time.sleep(float(pause_ms) / 1000)
    print(json.dumps(stage.result()))


if __name__ == "__main__":
    main(*sys.argv[1:])
