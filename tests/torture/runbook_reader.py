"""Reads a state file, its `.bak` and its `.tmp` over and over until stdin ends: runbook_reader.py FILE WINDOW.

`.bak` and `.tmp` count only while the runbook_writer.py with that WINDOW does not write them: then a half `.bak` is not
its doing, and a `.tmp` not its own. Prints {"reads", "half": what could not be parsed, "strange": how often there was a
`.tmp`}.
"""

import json
import select
import sys

from runbook_writer import Window


class Reader:
    def __init__(self, path, window):
        self.path = path
        self.window = window
        self.reads = self.strange = 0
        self.half = []

    def read(self, suffix=""):
        """The bytes, or None: there is none, or the writer was at it."""
        number = self.window.number
        try:
            with open(self.path + suffix, "rb") as file:
                content = file.read()
        except FileNotFoundError:
            return None
        is_quiet = number % 2 == 0 and self.window.number == number
        return content if is_quiet or not suffix else None

    def look(self):
        for suffix in ("", ".bak"):
            content = self.read(suffix)
            if content is None:
                continue
            self.reads += 1
            try:
                json.loads(content)
            except ValueError as error:
                self.half.append(f"{suffix or 'the file'}: {error}")
        self.strange += self.read(".tmp") is not None

    def result(self):
        return {"reads": self.reads, "half": self.half[:5], "strange": self.strange}


def main(path, window):
    reader = Reader(path, Window(window))
    while not select.select([sys.stdin], [], [], 0.0005)[0]:
        reader.look()
    print(json.dumps(reader.result()))


if __name__ == "__main__":
    main(*sys.argv[1:])
