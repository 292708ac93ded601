#!/usr/bin/python3
"""The Python package against the programs that people would write instead, on the same simulated fleet.

    ninja -C build python-package tests/sim/stage3-sim      # a build directory set up with -Dpython_bindings=true
    tests/bench/python.py build [--runs N] [--devices N] [--in-flight N] [--json FILE]

peers   500 devices behind 30 ms RPCs and a 1 s update check, every name as wanted, a tenth of the devices offline:
        stage3.run, an aiohttp program with as many devices in flight and the same calls, and the runbook's requests
        with eight threads (peers/); interleaved runs, medians. Wall and CPU time are those of the work, from the state
        file read to the state file saved; the interpreter's start and the imports stand beside it
ticker  how late a ticker is in the asyncio loop that runs 1,000 such devices, and in one that has nothing else to do

Offline devices refuse connections. That is the least trouble for the peers: with devices that swallow what is sent,
eight threads would spend most of the time on waiting for the tenth of the fleet that is not there.

Debian: python3-aiohttp, python3-requests. Exit status 1 if a bound is missed. Not a test: timing belongs to a quiet
machine and to somebody who reads it.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from sim import Simulator  # noqa: E402

SCENARIO = {"rules": [
    {"set": {"latency_ms": {"*": 30, "Shelly.CheckForUpdate": 1000}, "name": "Lamp {index}"}},
    {"match": {"every": 10}, "set": {"presence": "refused"}},
]}
OURS = "stage3.run"
PROGRAMS = {OURS: "blocking.py", "aiohttp": "aio.py", "8 threads": "threads.py"}
MIN_WALL = {"aiohttp": 1.5, "8 threads": 20}
MIN_CPU = {"aiohttp": 5}

TICKER_DEVICES = 1000
MAX_LATE_P99 = 2  # milliseconds


def run_peer(program, arguments, devices):
    """Runs one program over a fleet of its own; returns what it printed."""
    with Simulator(devices=devices, scenario=SCENARIO, log=False) as sim:
        done = subprocess.run([sys.executable, "-B", HERE / "peers" / program, *map(str, arguments(sim))],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"{program}: exit status {done.returncode}\n{done.stderr}")
        found = json.loads(done.stdout)
        if found["ok"] != devices - -(-devices // 10):
            sys.exit(f"{program}: {found['ok']} of {devices} devices are ok")
        return found


def measure_peers(devices, in_flight, runs):
    found = {name: [] for name in PROGRAMS}
    for _ in range(runs):
        for name, program in PROGRAMS.items():
            found[name].append(run_peer(program, lambda sim: [sim.state_path, in_flight], devices))
    rows = []
    for name, values in found.items():
        row = {"program": name, **{key: round(statistics.median(value[key] for value in values), 3)
                                   for key in ("wall", "user", "system", "start_cpu")}}
        row["cpu"] = round(row["user"] + row["system"], 3)
        rows.append(row)
    ours = rows[0]
    for row in rows:
        row["x_wall"], row["x_cpu"] = (round(row[key] / ours[key], 2) for key in ("wall", "cpu"))
    return rows


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))] if values else None


def measure_ticker(runs):
    lateness, idle, preempted = [], [], []
    for _ in range(runs):
        found = run_peer("ticker.py", lambda sim: [sim.state_path], TICKER_DEVICES)
        lateness += found["lateness"]
        preempted += found["preempted"]
        done = subprocess.run([sys.executable, "-B", HERE / "peers" / "ticker.py"], capture_output=True, text=True,
                              check=True)
        idle += json.loads(done.stdout)["lateness"]
    return [{"loop": name, "ticks": len(values), **{word: round(percentile(values, part), 3) for word, part in (
        ("p50", 0.5), ("p99", 0.99), ("max", 1))}} for name, values in (
            (f"{TICKER_DEVICES} devices", lateness), ("the same, preempted", preempted), ("idle", idle)) if values]


def missed_bounds(peers, ticker):
    missed = []
    for row in peers:
        name = row["program"]
        for what, bounds in (("wall", MIN_WALL), ("cpu", MIN_CPU)):
            if name in bounds and row[f"x_{what}"] < bounds[name]:
                missed.append(f"{what} against {name}: {row[f'x_{what}']:.2f} x, at least {bounds[name]} x is wanted")
    late = ticker[0]["p99"]
    if late >= MAX_LATE_P99:
        missed.append(f"ticker: late by {late:.2f} ms at the 99th percentile, less than {MAX_LATE_P99} ms is wanted")
    return missed


def print_table(devices, in_flight, peers, ticker):
    print(f"peers, {devices} devices, {in_flight} in flight")
    print("               wall s  x ours   CPU s (user  system)  x ours   CPU s of start and imports")
    for row in peers:
        print(f"  {row['program']:11} {row['wall']:8.2f} {row['x_wall']:7.2f} {row['cpu']:7.3f} ({row['user']:.3f}  "
              f"{row['system']:.3f}) {row['x_cpu']:8.2f} {row['start_cpu']:12.3f}")
    print("ticker, ms late             p50      p99      max    ticks")
    for row in ticker:
        print(f"  {row['loop']:20} {row['p50']:8.2f} {row['p99']:8.2f} {row['max']:8.2f} {row['ticks']:8}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("build", type=pathlib.Path, help="the build directory")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--devices", type=int, default=500)
    parser.add_argument("--in-flight", type=int, default=256, help="devices in flight in stage3 and aiohttp (256)")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures to this file")
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    os.environ.setdefault("STAGE3_SIM", str(build / "tests" / "sim" / "stage3-sim"))
    os.environ.setdefault("PYTHONPATH", str(build / "bindings" / "python"))
    peers = measure_peers(arguments.devices, arguments.in_flight, arguments.runs)
    ticker = measure_ticker(arguments.runs)
    print_table(arguments.devices, arguments.in_flight, peers, ticker)
    missed = missed_bounds(peers, ticker)
    for text in missed:
        print(f"MISSED  {text}")
    if arguments.json:
        arguments.json.write_text(json.dumps({"peers": peers, "ticker": ticker, "missed": missed}, indent=2) + "\n")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
