#!/usr/bin/python3
"""What loading and saving a large ip_state.json costs, as ratios within one run on one machine and one disk.

    STATE_BENCH=build/tests/bench/state-bench tests/bench/state.py [--devices N] [--rounds N] [--directory DIR] [--json FILE]

Each round takes, one after the other and each in a process of its own, the same file:
  raw     reads it and writes as many bytes with fsync
  store   loads it, records a result for every device and saves
  python  json.load() and json.dump() with fsync, in /usr/bin/python3
Prints medians and exits with status 1, saying which, where a figure is missed:
  raw     load + save take at most 4 times as long as raw
  python  they are at least 10 times as fast as python
  memory  the store takes at most the file once and 200 bytes a device, besides the Devices that devices() gives

Not a test: timing belongs to a quiet machine and to somebody who reads it.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

BENCH = os.environ.get("STATE_BENCH", "state-bench")
MAX_RAW = 4
MIN_PYTHON = 10
MAX_MEMORY = 200
PYTHON = """
import json, os, sys, time
start = time.monotonic()
with open(sys.argv[1], encoding="utf-8") as file:
    state = json.load(file)
with open(sys.argv[1] + ".python", "w", encoding="utf-8") as file:
    json.dump(state, file, indent=2)
    file.flush()
    os.fsync(file.fileno())
print(json.dumps({"wall_ms": (time.monotonic() - start) * 1e3}))
"""


def output_of(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"state.py: {done.stderr.strip()}")
    return done.stdout


def measure(directory, devices):
    """One round."""
    path = str(pathlib.Path(directory) / "ip_state.json")
    output_of(BENCH, "make", path, str(devices))
    raw = json.loads(output_of(BENCH, "raw", path))
    python = json.loads(output_of("/usr/bin/python3", "-c", PYTHON, path))
    store = json.loads(output_of(BENCH, "store", path))
    for leftover in pathlib.Path(directory).iterdir():
        leftover.unlink()
    return {"raw": raw, "python": python, "store": store}


def median(rounds, name, key):
    return statistics.median(one[name][key] for one in rounds)


def summary(rounds):
    load_and_save = [one["store"]["load_wall_ms"] + one["store"]["save_wall_ms"] for one in rounds]
    size, devices = rounds[0]["raw"]["bytes"], rounds[0]["store"]["devices"]
    own = median(rounds, "store", "peak_bytes") - median(rounds, "store", "devices_bytes") - size
    return {
        "devices": devices, "bytes": size, "rounds": len(rounds),
        "raw_ms": median(rounds, "raw", "wall_ms"), "raw_cpu_ms": median(rounds, "raw", "cpu_ms"),
        "load_ms": median(rounds, "store", "load_wall_ms"), "load_cpu_ms": median(rounds, "store", "load_cpu_ms"),
        "record_cpu_ms": median(rounds, "store", "record_cpu_ms"),
        "save_ms": median(rounds, "store", "save_wall_ms"), "save_cpu_ms": median(rounds, "store", "save_cpu_ms"),
        "python_ms": median(rounds, "python", "wall_ms"),
        "raw_ratio": statistics.median(ours / one["raw"]["wall_ms"] for ours, one in zip(load_and_save, rounds)),
        "python_ratio": statistics.median(one["python"]["wall_ms"] / ours for ours, one in zip(load_and_save, rounds)),
        "peak_bytes": median(rounds, "store", "peak_bytes"),
        "public_device_bytes": median(rounds, "store", "devices_bytes") / devices,
        "memory_a_device": own / devices,
    }


def show(figures):
    def row(what, wall, cpu=None):
        print(f"{what:22} {wall:9.1f} ms" + (f" {cpu:9.1f} ms CPU" if cpu is not None else ""))

    print(f"{figures['devices']} devices, {figures['bytes'] / 1e6:.1f} MB, medians of {figures['rounds']} rounds")
    row("read + write + fsync", figures["raw_ms"], figures["raw_cpu_ms"])
    row("load", figures["load_ms"], figures["load_cpu_ms"])
    row("save", figures["save_ms"], figures["save_cpu_ms"])
    row("Python's json", figures["python_ms"])
    print(f"{'(load + save) / raw':22} {figures['raw_ratio']:9.2f}     (at most {MAX_RAW})")
    print(f"{'python / (load + save)':22} {figures['python_ratio']:9.1f}     (at least {MIN_PYTHON})")
    print(f"{'peak memory':22} {figures['peak_bytes'] / 1e6:9.1f} MB  = the file + {figures['public_device_bytes']:.0f} bytes a Device"
          f" + {figures['memory_a_device']:.0f} of the store's own (at most {MAX_MEMORY})")


def missed(figures):
    if figures["raw_ratio"] > MAX_RAW:
        yield "raw"
    if figures["python_ratio"] < MIN_PYTHON:
        yield "python"
    if figures["memory_a_device"] > MAX_MEMORY:
        yield "memory"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--devices", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--directory", default=".", help="on the disk to be measured")
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.directory) as directory:
        rounds = [measure(directory, options.devices) for _ in range(options.rounds)]
    figures = summary(rounds)
    figures["missed"] = list(missed(figures))
    show(figures)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    if figures["missed"]:
        sys.exit("missed: " + ", ".join(figures["missed"]))


if __name__ == "__main__":
    main()
