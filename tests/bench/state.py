#!/usr/bin/python3
"""What loading and saving a large ip_state.json costs, as ratios within one run on one machine and one disk.

    tests/bench/state.py build-bench [--rounds N] [--quick] [--json FILE]

Each round takes, one after the other and each in a process of its own, the same file:
  raw     reads it and writes as many bytes with fsync
  store   loads it, records a result for every device and saves
  python  json.load() and json.dump() with fsync, in /usr/bin/python3
What is wanted:
  raw     load + save take at most 4 times as long as raw
  python  they are at least 10 times as fast as python
  memory  the store takes at most the file once and 200 bytes a device, besides the Devices that devices() gives

The files are made in the build directory: that must lie on the disk to be measured.
"""

import json
import pathlib
import tempfile

from measure import main, median, median_ratio, note, run

DEVICES = 100_000
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


def measure_round(program, directory, devices):
    path = pathlib.Path(directory) / "ip_state.json"
    run([program, "make", path, devices])
    found = {"raw": [program, "raw", path], "python": ["/usr/bin/python3", "-c", PYTHON, path],
             "store": [program, "store", path]}
    found = {name: json.loads(run(command).out) for name, command in found.items()}
    for leftover in pathlib.Path(directory).iterdir():
        leftover.unlink()
    return found


def measure(arguments, report):
    rounds = []
    program = arguments.build / "tests" / "bench" / "state-bench"
    with tempfile.TemporaryDirectory(dir=arguments.build) as directory:
        for number in range(arguments.rounds or (3 if arguments.quick else 9)):
            note(f"round {number + 1}")
            rounds.append(measure_round(program, directory, DEVICES))
    note("")

    def each(name, key):
        return [one[name][key] for one in rounds]

    def add(what, name, kind):
        cpu = f"{kind}cpu_ms"
        report.add(what, median(each(name, f"{kind}wall_ms")), "ms",
                   detail=f"{median(each(name, cpu)):.1f} ms of CPU" if cpu in rounds[0][name] else "")

    size = rounds[0]["raw"]["bytes"]
    ours = [load + save for load, save in zip(each("store", "load_wall_ms"), each("store", "save_wall_ms"))]
    add(f"read + write + fsync of {size / 1e6:.1f} MB", "raw", "")
    add(f"load {DEVICES:,} devices", "store", "load_")
    add("save", "store", "save_")
    add("Python's json", "python", "")
    report.add("recording all results", median(each("store", "record_cpu_ms")), "ms", detail="of CPU")
    report.add("(load + save) / raw", median_ratio(ours, each("raw", "wall_ms")), "x", high=MAX_RAW)
    report.add("Python / (load + save)", median_ratio(each("python", "wall_ms"), ours), "x", low=MIN_PYTHON)
    peak, given = median(each("store", "peak_bytes")), median(each("store", "devices_bytes"))
    report.add("memory of the store a device", (peak - given - size) / DEVICES, "bytes", high=MAX_MEMORY,
               detail=f"peak {peak / 1e6:.1f} MB = the file + {given / DEVICES:.0f} bytes a Device + this")


if __name__ == "__main__":
    main(__doc__, measure)
