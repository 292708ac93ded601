"""Prints the reached lines and branches of each folder from gcovr's JSON summary.

Usage: coverage_table.py [--at-least PERCENT] SUMMARY

With --at-least, exits 1 if fewer of the lines of src/ or of capi/ were reached, or if none of them was compiled.
"""

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path, PurePosixPath

KINDS = ("line", "branch")
CHECKED = ("src", "capi")


def folders_of(filename):
    """The folders whose sums a file is part of: src/net/poller.cpp counts in src/net and src."""
    return [str(folder) for folder in PurePosixPath(filename).parents if folder.name]


def sum_up(files):
    """folder: kind: [reached, all]"""
    sums = defaultdict(lambda: {kind: [0, 0] for kind in KINDS})
    for file in files:
        for folder in folders_of(file["filename"]):
            for kind in KINDS:
                sums[folder][kind][0] += file[f"{kind}_covered"]
                sums[folder][kind][1] += file[f"{kind}_total"]
    return sums


def percent(reached, everything):
    return 100 * reached / everything if everything else 100.0


def shown(reached, everything):
    return f"{reached:6} of {everything:6} {percent(reached, everything):6.1f} %"


def main(arguments):
    parser = argparse.ArgumentParser(usage=__doc__.split("Usage: ")[1].split("\n")[0])
    parser.add_argument("--at-least", type=float, default=None)
    parser.add_argument("summary", type=Path)
    options = parser.parse_args(arguments)

    sums = sum_up(json.loads(options.summary.read_text(encoding="utf-8"))["files"])
    print(f"{'':16}{'lines':>24}  {'branches':>24}")
    for folder in sorted(sums):
        print(f"{folder:16}{shown(*sums[folder]['line']):>24}  {shown(*sums[folder]['branch']):>24}")

    too_few = []
    for folder in CHECKED if options.at_least is not None else ():
        reached, everything = sums[folder]["line"]
        if everything == 0 or percent(reached, everything) < options.at_least:
            too_few.append(folder)
            print(f"FAILED: {reached} of {everything} lines of {folder}/ are reached, wanted: {options.at_least} %")
    return 1 if too_few else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
