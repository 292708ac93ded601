#!/usr/bin/python3
"""What it costs to embed a run into an event loop, as measured on the examples and on one machine.

    ninja -C build tests/bench/step-bench
    tests/bench/loops.py build [--runs N] [--json FILE]

loop  256 devices behind 30 ms RPCs and a 1 s update check: the run in each loop of examples/c against the blocking
      run of examples/c/minimal.c, medians of N interleaved runs; the CPU time beside it
step  how long a stage3_worker_step(worker, 0) takes, the worst of N runs: 256 devices at the default settings, and
      2,000 devices all at once

Exit status 1 if a bound is missed. Not a test: timing belongs to a quiet machine and to somebody who reads it.
"""

import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from sim import Simulator  # noqa: E402

SLOW = {"rules": [{"match": {}, "set": {"latency_ms": {"*": 30, "Shelly.CheckForUpdate": 1000}}}]}
BLOCKING = "c-minimal"
LOOPS = ["c-epoll-loop", "c-sd-event-loop", "c-uv-loop", "c-glib-loop"]
DEVICES = 256
MAX_RATIO = 1.1

STEPS = [(256, 256, 1000), (2000, 2000, 0)]  # devices, concurrency, connections a second (0: no limit)
MAX_P99 = 1000  # microseconds


def cpu_of_children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run_example(program):
    """Runs one example over a fleet that must be found in sync; returns (wall, CPU) seconds."""
    with Simulator(devices=DEVICES, scenario=SLOW, log=False) as sim:
        directory = pathlib.Path(sim.directory)
        (directory / "data").mkdir()
        (directory / "data" / "config.yaml").write_text(f"stage3: {{ip_state_file: {sim.state_path}}}\n")
        cpu, begin = cpu_of_children(), time.monotonic()
        done = subprocess.run([program], cwd=directory, capture_output=True, text=True, check=False)
        wall, cpu = time.monotonic() - begin, cpu_of_children() - cpu
        if done.returncode != 0 or done.stdout.count(" ok\n") != DEVICES:
            sys.exit(f"{program}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
        return wall, cpu


def measure_loops(build, runs):
    programs = {name: build / "examples" / "c" / name for name in [BLOCKING, *LOOPS]}
    for name in [name for name in LOOPS if not programs[name].exists()]:
        print(f"loop  {name}: SKIPPED, was not built")
        del programs[name]
    times = {name: [] for name in programs}
    for _ in range(runs):
        for name, program in programs.items():
            times[name].append(run_example(program))
    rows = []
    blocking = None
    for name, values in times.items():
        wall, cpu = (statistics.median(column) for column in zip(*values))
        blocking = blocking or wall
        rows.append({"program": name, "wall_s": round(wall, 3), "cpu_s": round(cpu, 3),
                     "ratio": round(wall / blocking, 3), "ok": wall / blocking <= MAX_RATIO})
    return rows


def run_steps(program, devices, concurrency, rate):
    with Simulator(devices=devices, scenario=SLOW, log=False) as sim:
        done = subprocess.run([program, sim.state_path, str(concurrency), str(rate)], capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            sys.exit(f"{program}: {done.stderr}")
        found = json.loads(done.stdout)
        if found["ok"] != devices:
            sys.exit(f"{program}: {found['ok']} of {devices} devices are ok")
        return found


def measure_steps(build, runs):
    program = build / "tests" / "bench" / "step-bench"
    if not program.exists():
        sys.exit(f"{program} is not there: ninja -C {build} tests/bench/step-bench")
    rows = []
    for devices, concurrency, rate in STEPS:
        found = [run_steps(program, devices, concurrency, rate) for _ in range(runs)]
        row = {"devices": devices, "concurrency": concurrency, "steps": sum(f["steps"] for f in found),
               "preempted": sum(f["preempted"] for f in found)}
        for kind in ("clock", "cpu"):
            row[kind] = {key: max(f[kind][key] for f in found) for key in ("p50", "p99", "max")}
        row["ok"] = max(row["clock"]["p99"], row["cpu"]["p99"]) < MAX_P99
        rows.append(row)
    return rows


def verdict(row):
    return "" if row["ok"] else "  MISSED"


def print_tables(loops, steps):
    print(f"loop, {DEVICES} devices   wall s   CPU s   x blocking (<= {MAX_RATIO})")
    for row in loops:
        print(f"  {row['program']:18} {row['wall_s']:6.2f}  {row['cpu_s']:6.3f}   {row['ratio']:6.3f}{verdict(row)}")
    print(f"step, microseconds     p50      p99 (< {MAX_P99})   max")
    for row in steps:
        for kind in ("clock", "cpu"):
            times = row[kind]
            figures = f"{times['p50']:8.0f} {times['p99']:8.0f} {times['max']:12.0f}"
            print(f"  {row['devices']:5} devices {kind:5} {figures}{verdict(row)}")
        print(f"        {row['steps']} steps, {row['preempted']} of them preempted and left out of the clock's")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("build", type=pathlib.Path, help="the build directory")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=pathlib.Path, help="write the figures to this file")
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    os.environ.setdefault("STAGE3_SIM", str(build / "tests" / "sim" / "stage3-sim"))
    loops = measure_loops(build, arguments.runs)
    steps = measure_steps(build, arguments.runs)
    print_tables(loops, steps)
    if arguments.json:
        arguments.json.write_text(json.dumps({"loops": loops, "steps": steps}, indent=2) + "\n")
    sys.exit(0 if all(row["ok"] for row in loops + steps) else 1)


if __name__ == "__main__":
    main()
