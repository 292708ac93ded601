"""What the benchmarks share: programs run and measured, medians of interleaved runs, figures with their bounds.

A script collects its figures in a Report, prints them as one table and may write them as JSON; tools/bench joins those of
all scripts. A bound that is missed says MISSED in the table and makes the exit status 1.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from typing import Optional

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))


class Failed(Exception):
    """A program that was to be measured did not do its work; the text has what it said."""


@dataclass
class Cost:
    """What one run of a program took, from its start to its end, in seconds; what it wrote to stdout; and the peak of its
    memory in bytes, if that was asked for."""

    wall: float
    user: float
    system: float
    out: str
    peak: Optional[int] = None

    @property
    def cpu(self):
        return self.user + self.system


def run(command, peak=False, **options):
    """Runs a program to its end and returns its Cost. Any exit status but 0 raises Failed."""
    words = [str(word) for word in command]
    # Files, not pipes: nobody has to read along, which would take CPU time from who is measured.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors, tempfile.NamedTemporaryFile() as memory:
        if peak:
            # The kernel lets a program begin with the peak of who has started it: that must not be this one.
            words = ["/usr/bin/time", "--quiet", "--output", memory.name, "--format", "%M", *words]
        begin = time.monotonic()
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=errors, **options)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise Failed(f"{' '.join(words)}: exit status {process.returncode}\n{text_of(errors)}{text_of(out)[-1000:]}")
        kilobytes = int(memory.read()) if peak else 0
        return Cost(wall, usage.ru_utime, usage.ru_stime, text_of(out), kilobytes * 1024 if peak else None)


def text_of(file):
    file.seek(0)
    return file.read().decode("utf-8", "replace")


def interleaved(rounds, works):
    """Calls each of `works` (name to function) once a round; returns name to the list of what it returned."""
    found = {name: [] for name in works}
    for number in range(rounds):
        for name, work in works.items():
            note(f"round {number + 1} of {rounds}: {name}")
            found[name].append(work())
    note("")
    return found


def note(text):
    """Shows what is being measured, on a terminal only."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def median(values):
    return statistics.median(values)


def median_ratio(numerators, denominators):
    """Of pairs that were measured next to each other: what disturbs the machine for a while disturbs both."""
    return statistics.median(a / b for a, b in zip(numerators, denominators))


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


@dataclass
class Figure:
    """`value` in `unit`, wanted to be at least `low` and at most `high`."""

    name: str
    value: float
    unit: str
    low: Optional[float] = None
    high: Optional[float] = None
    detail: str = ""

    @property
    def missed(self):
        return (self.low is not None and self.value < self.low) or (self.high is not None and self.value > self.high)

    @property
    def bound(self):
        limits = ((">=", self.low), ("<=", self.high))
        return " ".join(f"{sign} {limit:g}" for sign, limit in limits if limit is not None)


class Report:
    """The figures of one script, in the order in which they were found."""

    def __init__(self, script, figures=(), skipped=()):
        self.script = script
        self.figures = list(figures)
        self.skipped = list(skipped)

    def add(self, name, value, unit, **more):
        self.figures.append(Figure(name, float(f"{value:.4g}"), unit, **more))

    def skip(self, name, reason):
        self.skipped.append({"name": name, "reason": reason})

    def as_json(self):
        return {"script": self.script, "skipped": self.skipped,
                "figures": [{**asdict(figure), "missed": figure.missed} for figure in self.figures]}

    @classmethod
    def from_json(cls, data):
        figures = [Figure(**{key: value for key, value in figure.items() if key != "missed"})
                   for figure in data["figures"]]
        return cls(data["script"], figures, data["skipped"])


def shown(value):
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def print_table(reports):
    """One table of all figures; below it what was left out, and what was missed. Returns whether all bounds hold."""
    for report in reports:
        print(report.script)
        for figure in report.figures:
            verdict = "MISSED" if figure.missed else ""
            print(f"  {figure.name:46} {shown(figure.value):>9} {figure.unit:6} {figure.bound:8} {verdict:6}"
                  f" {figure.detail}".rstrip())
        for skipped in report.skipped:
            print(f"  {skipped['name']}: SKIPPED: {skipped['reason']}")
    missed = [(report.script, figure) for report in reports for figure in report.figures if figure.missed]
    for script, figure in missed:
        print(f"MISSED  {script}, {figure.name}: {shown(figure.value)} {figure.unit}, wanted {figure.bound}")
    return not missed


def main(description, measure):
    """The command line of a script, which is called after: `measure(arguments, report)` fills the report."""
    script = pathlib.Path(sys.argv[0]).stem
    parser = argparse.ArgumentParser(description=description.split("\n", maxsplit=1)[0])
    parser.add_argument("build", type=pathlib.Path, help="build directory, best of --buildtype=release")
    parser.add_argument("--rounds", type=int, help="how often everything is measured")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and devices: a look, no figures to keep")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the figures there")
    arguments = parser.parse_args()
    arguments.build = arguments.build.resolve()
    os.environ["STAGE3_SIM"] = str(arguments.build / "tests" / "sim" / "stage3-sim")
    report = Report(script)
    try:
        measure(arguments, report)
    except Failed as failure:
        sys.exit(f"{script}: {failure}")
    is_good = print_table([report])
    if arguments.json:
        arguments.json.write_text(json.dumps(report.as_json(), indent=2) + "\n", encoding="utf-8")
    sys.exit(0 if is_good else 1)
