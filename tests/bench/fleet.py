#!/usr/bin/python3
"""How long a fleet takes, as ratios within one run on one machine.

    STAGE3_CLI=build/examples/cli/stage3 STAGE3_SIM=build/tests/sim/stage3-sim tests/bench/fleet.py [--runs N]

Prints, as medians of N interleaved runs:
  wall     256 devices behind 30 ms RPCs and a 1 s update check, against one such device
  growth   CPU time of stage3 for a device in a fleet of 20,000, against one in a fleet of 1,000
  silence  100 addresses that swallow every packet (root only: a network namespace of its own), in seconds

Not a test: timing belongs to a quiet machine and to somebody who reads it.
"""

import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from sim import Simulator  # noqa: E402

CLI = os.environ.get("STAGE3_CLI", "stage3")
CONFIG = "stage3:\n  concurrency: {concurrency}\n  network: {{connect_rate: {rate}}}\n"
SLOW = {"rules": [{"match": {}, "set": {"latency_ms": {"*": 30, "Shelly.CheckForUpdate": 1000}}}]}


def run_stage3(directory, state, concurrency=256, rate=1000, prefix=()):
    """Runs the command once; returns (exit status, wall seconds, CPU seconds, summary)."""
    config = pathlib.Path(directory) / "config.yaml"
    config.write_text(CONFIG.format(concurrency=concurrency, rate=rate))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    done = subprocess.run([*prefix, CLI, "--config", config, "--state", state, "--json"], capture_output=True, text=True, check=False)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if not done.stdout:
        sys.exit(f"stage3 said nothing but: {done.stderr}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.returncode, wall, cpu, json.loads(done.stdout.splitlines()[-1])


def measure(devices, scenario, **options):
    """One run over a simulated fleet in which every device must be in sync; returns (wall, CPU) seconds."""
    with Simulator(devices=devices, scenario=scenario, log=False) as sim:
        status, wall, cpu, summary = run_stage3(sim.directory, sim.state_path, **options)
        if status != 0 or summary["ok"] != devices:
            sys.exit(f"{devices} devices: exit status {status}, {summary}")
        return wall, cpu


def show(name, ratio, detail):
    print(f"{name:8} {ratio:6.2f}  {detail}", flush=True)


def wall(runs):
    pairs = [(measure(256, SLOW)[0], measure(1, SLOW)[0]) for _ in range(runs)]
    ratio = statistics.median(fleet / single for fleet, single in pairs)
    fleet, single = (statistics.median(column) for column in zip(*pairs))
    show("wall", ratio, f"x one device: 256 devices {fleet:.2f} s, one {single:.2f} s")


def growth(runs):
    pairs = [(measure(20000, {}, rate=0)[1] / 20000, measure(1000, {}, rate=0)[1] / 1000) for _ in range(runs)]
    ratio = statistics.median(large / small for large, small in pairs)
    large, small = (statistics.median(column) * 1e6 for column in zip(*pairs))
    show("growth", ratio, f"x a device among 1,000: {large:.0f} us of CPU among 20,000, {small:.0f} us among 1,000")


def silence(runs):
    if os.geteuid() != 0:
        print("silence  SKIPPED: needs root for a network namespace")
        return
    namespace = f"stage3-bench-{os.getpid()}"
    addresses = [f"10.99.1.{host + 1}" for host in range(100)]
    subprocess.run(["ip", "netns", "add", namespace], check=True)
    try:
        inside = ["ip", "netns", "exec", namespace]
        # Neighbours that are known for good and never answer: packets leave, nothing comes back.
        subprocess.run(["ip", "-n", namespace, "-batch", "-"], check=True, text=True, input="\n".join([
            "link set lo up", "link add v0 type veth peer name v1", "link set v0 up", "link set v1 up",
            "address add 10.99.0.1/16 dev v0",
            *(f"neigh replace {address} lladdr 02:00:00:00:00:99 dev v0 nud permanent" for address in addresses)]))
        with tempfile.TemporaryDirectory() as directory:
            state = pathlib.Path(directory) / "ip_state.json"
            fleet = {f"A8032A0000{i:02X}": {"ip": address} for i, address in enumerate(addresses)}
            times = []
            for _ in range(runs):
                state.write_text(json.dumps(fleet))
                _, seconds, _, summary = run_stage3(directory, state, prefix=inside)
                if summary["offline"] != 100:
                    sys.exit(f"silent addresses: {summary}")
                times.append(seconds)
        show("silence", statistics.median(times), "s for 100 silent addresses")
    finally:
        subprocess.run(["ip", "netns", "del", namespace], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    wall(runs)
    growth(runs)
    silence(runs)


if __name__ == "__main__":
    main()
