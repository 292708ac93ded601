#!/usr/bin/python3
"""All benchmarks one after the other: one table, one JSON file.

    tests/bench/suite.py build-bench [--quick] [--json FILE] [SCRIPT ...]      # tools/bench builds first

Exit status 1 if a bound is missed or a script fails. Not a test: timing belongs to a quiet machine and to somebody who
reads it.
"""

import argparse
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile

from measure import Report, note, print_table
from programs import versions

HERE = pathlib.Path(__file__).resolve().parent
SCRIPTS = ("rpc", "wall", "scale", "footprint", "loops", "tls", "state", "python", "evil")
MAX_LOAD = 0.5


def machine(build):
    """What the figures depend on."""
    cpuinfo = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = re.search(r"^model name\s*: (.*)", cpuinfo, re.M)
    return {"processors": os.cpu_count(), "model": model.group(1) if model else "unknown", "kernel": platform.release(),
            **versions(build), "load": os.getloadavg()[0]}


def run_script(name, build, quick):
    """The script's Report, or None if it broke off."""
    note(f"{name}\n")
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [sys.executable, "-B", HERE / f"{name}.py", build, "--json", file.name, *(["--quick"] if quick else [])]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
        written = file.read()
        return Report.from_json(json.loads(written)) if written else None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true", help="fewer rounds and devices: a look, no figures to keep")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the figures there")
    parser.add_argument("scripts", nargs="*", metavar="SCRIPT", help=f"{', '.join(SCRIPTS)} (default: all)")
    arguments = parser.parse_intermixed_args()
    unknown = set(arguments.scripts) - set(SCRIPTS)
    if unknown:
        parser.error(f"no such script: {', '.join(sorted(unknown))}; there are {', '.join(SCRIPTS)}")

    facts = machine(arguments.build)
    reports, failed = [], []
    for name in arguments.scripts or SCRIPTS:
        report = run_script(name, arguments.build, arguments.quick)
        if report:
            reports.append(report)
        else:
            failed.append(name)
    print(", ".join(f"{key} {value}" for key, value in facts.items() if value))
    is_good = print_table(reports)
    for name in failed:
        print(f"FAILED  {name}: no figures, see its message above")
    if facts["load"] > MAX_LOAD:
        print(f"Others were at work (load {facts['load']:.1f}): what is measured in wall time means little.")
    if arguments.json:
        written = {"machine": facts, "quick": arguments.quick, "failed": failed,
                   "reports": [report.as_json() for report in reports]}
        arguments.json.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
    sys.exit(0 if is_good and not failed else 1)


if __name__ == "__main__":
    main()
