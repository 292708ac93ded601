#!/usr/bin/python3
"""The Python package against the programs that people would write instead, on the same simulated fleet.

    tests/bench/python.py build-bench [--rounds N] [--quick] [--json FILE]     # set up with -Dpython_bindings=true

peers   500 devices behind 30 ms RPCs and a 1 s update check, every name as wanted, a tenth of the devices offline:
        stage3.run, an aiohttp program that makes the same calls, with the 100 connections that aiohttp allows unless
        told otherwise and with as many in flight as stage3 ("tuned"), and the runbook's requests with eight threads
        (peers/); interleaved runs, medians. Wall and CPU time are those of the work, from the state file read to the
        state file saved; the interpreter's start and the imports stand beside it
ticker  how late a ticker is in the asyncio loop that runs 1,000 such devices, and in one that has nothing else to do

Offline devices refuse connections. That is the least trouble for the peers: with devices that swallow what is sent,
eight threads would spend most of the time on waiting for the tenth of the fleet that is not there.

Debian: python3-aiohttp, python3-requests.
"""

import json
import os
import sys
from functools import partial

from measure import interleaved, main, median, percentile, run
from programs import PEERS, SLOW, fleet, online_of, run_peer

DEVICES = 500
IN_FLIGHT = 256
AIOHTTP_CONNECTIONS = 100  # the default of aiohttp.TCPConnector(limit=...)
PROGRAMS = {"stage3.run": ("blocking.py", IN_FLIGHT), "aiohttp": ("aio.py", AIOHTTP_CONNECTIONS),
            "aiohttp, tuned": ("aio.py", IN_FLIGHT), "8 threads": ("threads.py", IN_FLIGHT)}
MIN_RATIO = {("aiohttp", "wall"): 1.5, ("8 threads", "wall"): 20, ("aiohttp", "CPU"): 5, ("aiohttp, tuned", "CPU"): 5}

TICKER_DEVICES = 1000
MAX_LATE_P99 = 2  # milliseconds


def run_one(program, in_flight, devices):
    with fleet(devices, SLOW, offline=True) as sim:
        return run_peer(program, sim, in_flight, online_of(devices))


def measure_peers(arguments, report):
    rounds = arguments.rounds or (1 if arguments.quick else 3)
    found = interleaved(rounds, {name: partial(run_one, *program, DEVICES) for name, program in PROGRAMS.items()})
    cost = {name: {key: median([run[key] for run in runs]) for key in ("wall", "user", "system", "start_cpu")}
            for name, runs in found.items()}
    ours = cost["stage3.run"]
    for name, theirs in cost.items():
        report.add(f"{name}: wall", theirs["wall"], "s",
                   detail=f"and {theirs['start_cpu']:.2f} s of CPU for start and imports")
        report.add(f"{name}: CPU", theirs["user"] + theirs["system"], "s",
                   detail=f"user {theirs['user']:.3f}, system {theirs['system']:.3f}")
        if theirs is ours:
            continue
        ratios = {"wall": theirs["wall"] / ours["wall"],
                  "CPU": (theirs["user"] + theirs["system"]) / (ours["user"] + ours["system"])}
        for kind, ratio in ratios.items():
            report.add(f"{name} / stage3.run, {kind}", ratio, "x", low=MIN_RATIO.get((name, kind)))


def measure_ticker(arguments, report):
    lateness, preempted, idle = [], [], []
    for _ in range(1 if arguments.quick else 3):
        found = run_one("ticker.py", IN_FLIGHT, TICKER_DEVICES)
        lateness += found["lateness"]
        preempted += found["preempted"]
        idle += json.loads(run([sys.executable, "-B", PEERS / "ticker.py"]).out)["lateness"]
    for name, values, high in ((f"ticker, {TICKER_DEVICES:,} devices", lateness, MAX_LATE_P99),
                               ("ticker, where it was preempted", preempted, None), ("ticker, idle", idle, None)):
        if values:
            report.add(f"{name}: late, 99 of 100", percentile(values, 0.99), "ms", high=high,
                       detail=f"median {percentile(values, 0.5):.2f}, worst {max(values):.2f} of {len(values)} ticks")


def measure(arguments, report):
    package = arguments.build / "bindings" / "python"
    if not (package / "stage3").is_dir():
        report.skip("all", "the package is not built: -Dpython_bindings=true, ninja python-package")
        return
    os.environ["PYTHONPATH"] = str(package)
    measure_peers(arguments, report)
    measure_ticker(arguments, report)


if __name__ == "__main__":
    main(__doc__, measure)
