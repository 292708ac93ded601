"""Reads what `valgrind --tool=callgrind` writes: the instructions that each program, library and function took itself."""

import collections
import re

DEFINITION = re.compile(r"^(ob|fn)=\((\d+)\)(?: (.*))?$")


class Instructions:
    """Self cost, without that of what is called."""

    def __init__(self, path):
        self.by_object = collections.Counter()
        self.by_function = collections.Counter()
        self._read(path)

    @property
    def total(self):
        return sum(self.by_object.values())

    def _read(self, path):
        names = {"ob": {}, "fn": {}}
        current = {"ob": "", "fn": ""}
        is_call = False
        with open(path, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if line[0] in "+-*0123456789":
                    # The line behind calls= is what the called function took, which has lines of its own.
                    if not is_call:
                        cost = int(line.split()[1])
                        self.by_object[current["ob"]] += cost
                        self.by_function[current["ob"], current["fn"]] += cost
                    is_call = False
                elif line.startswith("calls="):
                    is_call = True
                else:
                    self._define(line.rstrip("\n"), names, current)

    @staticmethod
    def _define(line, names, current):
        # Names are given once and stand for themselves by number then; cob= and cfn= may be the first to give one.
        called = line[1:] if line.startswith(("cob=", "cfn=")) else line
        found = DEFINITION.match(called)
        if not found:
            return
        kind, number, name = found.groups()
        if name is not None:
            names[kind][number] = name
        if called is line:
            current[kind] = names[kind][number]
