#!/usr/bin/python3
"""How long a fleet takes, as ratios within one run on one machine.

    tests/bench/wall.py build-bench [--rounds N] [--quick] [--json FILE]

one device       30 ms an RPC, 1 s for the update check: the slowest single device that there is here
200 to 10,000    such devices, a tenth of them offline (they refuse connections), at the default settings, and with all in
                 flight at once (concurrency: as many as devices, network.connect_rate: 0)
  x one          against the one device, measured next to it
  x ideal        against the longest of: the two RPCs of one device; what `concurrency` lets through; what
                 network.connect_rate lets through
peers            the same 200 devices by the runbook's requests with eight threads, and by aiohttp with 256 in flight
silence          100 addresses that swallow every packet (root only: a network namespace of its own)
"""

import json
import pathlib
import tempfile
from functools import partial

from measure import Failed, interleaved, main, median, median_ratio, run
from programs import (ALL_AT_ONCE, CHECK_SECONDS, RPC_SECONDS, SLOW, configure, fleet, online_of, run_cli, run_peer)
from silence import Unavailable, silent_network

MAX_SINGLE = 1.15
MIN_RUNBOOK = 20
HOUSE = 200

DEFAULT_CONCURRENCY = 256
DEFAULT_CONNECT_RATE = 1000
ONE_DEVICE = RPC_SECONDS + CHECK_SECONDS


def run_fleet(build, devices, config, offline=True):
    with fleet(devices, SLOW, offline=offline) as sim:
        configure(sim, **config)
        return run_cli(build, sim, wanted_ok=online_of(devices) if offline else devices).wall


def ideal(devices, concurrency, connect_rate):
    """No program that keeps to these settings can be faster."""
    online = online_of(devices)
    connections = 2 * online + (devices - online)
    return max(ONE_DEVICE, online * ONE_DEVICE / concurrency, connections / connect_rate if connect_rate else 0)


def measure_fleets(arguments, report):
    sizes = (HOUSE, 1000) if arguments.quick else (HOUSE, 1000, 10_000)
    rounds = arguments.rounds or (2 if arguments.quick else 5)
    works = {"one": partial(run_fleet, arguments.build, 1, {}, offline=False)}
    ideals = {}
    for devices in sizes:
        for name, config, limits in (
                ("defaults", {}, (DEFAULT_CONCURRENCY, DEFAULT_CONNECT_RATE)),
                ("all at once", {"concurrency": devices, "network": ALL_AT_ONCE}, (devices, 0))):
            works[f"{devices:,}, {name}"] = partial(run_fleet, arguments.build, devices, config)
            ideals[f"{devices:,}, {name}"] = ideal(devices, *limits)
    found = interleaved(rounds, works)
    report.add("one device", median(found["one"]), "s")
    for name, best in ideals.items():
        walls = found[name]
        bound = MAX_SINGLE if name == f"{HOUSE}, defaults" else None
        report.add(f"{name}: x one", median_ratio(walls, found["one"]), "x", high=bound,
                   detail=f"{median(walls):.2f} s, {median(walls) / best:.2f} x ideal ({best:.2f} s)")
    return median(found[f"{HOUSE}, defaults"])


def run_slow_peer(name):
    with fleet(HOUSE, SLOW, offline=True) as sim:
        return run_peer(name, sim, DEFAULT_CONCURRENCY, online_of(HOUSE))["wall"]


def measure_peers(arguments, report, ours):
    rounds = 1 if arguments.quick else 3
    found = interleaved(rounds, {"8 threads": partial(run_slow_peer, "threads.py"),
                                 "aiohttp": partial(run_slow_peer, "aio.py")})
    for name, walls in found.items():
        bound = MIN_RUNBOOK if name == "8 threads" else None
        report.add(f"{HOUSE} devices, {name} / stage3 at defaults", median(walls) / ours, "x", low=bound,
                   detail=f"{median(walls):.2f} s")


SILENT = [f"10.99.1.{host + 1}" for host in range(100)]


def measure_silence(arguments, report):
    try:
        with silent_network(SILENT) as inside:
            walls = [ask_the_silent(arguments.build, inside) for _ in range(1 if arguments.quick else 3)]
    except Unavailable as error:
        report.skip("100 silent addresses", str(error))
    else:
        report.add("100 silent addresses", median(walls), "s")


def ask_the_silent(build, inside):
    with tempfile.TemporaryDirectory() as directory:
        state = pathlib.Path(directory) / "ip_state.json"
        state.write_text(json.dumps({f"A8032A0000{i:02X}": {"ip": address} for i, address in enumerate(SILENT)}))
        config = pathlib.Path(directory) / "config.yaml"
        config.write_text("stage3: {}\n")
        cost = run([*inside, build / "examples" / "cli" / "stage3", "--json",
                    "--config", config, "--state", state])
        summary = json.loads(cost.out.splitlines()[-1])
        if summary["offline"] != len(SILENT):
            raise Failed(f"silent addresses: {summary}")
        return cost.wall


def measure(arguments, report):
    ours = measure_fleets(arguments, report)
    measure_peers(arguments, report, ours)
    measure_silence(arguments, report)


if __name__ == "__main__":
    main(__doc__, measure)
