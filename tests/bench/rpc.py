#!/usr/bin/python3
"""The CPU time of an RPC, against what asking costs at least on this kernel.

    tests/bench/rpc.py build-bench [--rounds N] [--quick] [--json FILE]

Devices in sync that answer at once get two RPCs each, 256 devices in flight. In each round follow one another:
  raw        raw_client.cpp: sockets and epoll, answers barely looked at
  libcurl    curl_client.cpp: nothing but libcurl, set as stage3 sets it
  c-minimal  examples/c/minimal.c: state file, ping, answers, results, state saved
  stage3     the command, results as JSON
  aiohttp, 8 threads   what people would write instead (peers/), without the interpreter's start
CPU time is that of the whole process, its start and end included. On loopback the kernel's work for both sides falls to
whoever happens to send; that is the same for all of them, and the ratios are of runs that follow one another.
"""

from functools import partial

from measure import interleaved, main, median, median_ratio
from programs import ALL_AT_ONCE, PATIENT, configure, fleet, run_cli, run_client, run_minimal, run_peer

IN_FLIGHT = 256
MAX_RATIO = 1.6
RPCS = 2


def run_one(build, name, devices):
    """The CPU seconds of one run: user, system."""
    with fleet(devices) as sim:
        if name in ("raw", "libcurl"):
            cost = run_client(build, "raw-client" if name == "raw" else "curl-client", sim, devices, IN_FLIGHT)
        elif name in ("c-minimal", "stage3"):
            configure(sim, concurrency=IN_FLIGHT, network=ALL_AT_ONCE, timeouts=PATIENT)
            cost = (run_cli if name == "stage3" else run_minimal)(build, sim, wanted_ok=devices)
        else:
            found = run_peer("aio.py" if name == "aiohttp" else "threads.py", sim, IN_FLIGHT, devices)
            # The runbook's program makes three calls where two are enough: that is part of its design.
            return found["user"], found["system"]
        return cost.user, cost.system


def measure(arguments, report):
    devices = 2000 if arguments.quick else 10_000
    rounds = arguments.rounds or (3 if arguments.quick else 15)
    names = ("raw", "libcurl", "c-minimal", "stage3")
    peers = ("aiohttp", "8 threads")
    found = interleaved(rounds, {name: partial(run_one, arguments.build, name, devices) for name in names})
    found |= interleaved(1, {name: partial(run_one, arguments.build, name, devices // 5) for name in peers})
    cpu = {name: [sum(run) for run in runs] for name, runs in found.items()}
    for name in (*names, *peers):
        asked = RPCS * (devices if name in names else devices // 5)
        user, system = (median(column) / asked * 1e6 for column in zip(*found[name]))
        report.add(f"{name}: CPU an RPC", median(cpu[name]) / asked * 1e6, "us",
                   detail=f"user {user:.1f}, system {system:.1f}")
    for name in names[1:]:
        high = None if name == "libcurl" else MAX_RATIO
        report.add(f"{name} / raw", median_ratio(cpu[name], cpu["raw"]), "x", high=high)
    for name in names[2:]:
        report.add(f"{name} / libcurl", median_ratio(cpu[name], cpu["libcurl"]), "x")


if __name__ == "__main__":
    main(__doc__, measure)
