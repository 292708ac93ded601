#!/usr/bin/python3
"""What HTTPS costs, beside the same by plain HTTP. All keys are on record: each device is asked by TLS at once.

    tests/bench/tls.py build-bench [--rounds N] [--quick] [--json FILE]

wall       devices that take 300 ms for a handshake, 30 ms an RPC and 1 s for the update check, all at once, against one; and
           the same asked by raw_tls_client.cpp, OpenSSL and epoll in one thread, which is what this machine has to offer
CPU        of the command for one RPC, in fleets that answer at once: by plain HTTP, by TLS with each session new, and with
           sessions that go on from one RPC to the next (a device has two RPCs a run: one in two goes on); against the raw
           client, and what a connection costs the simulator, which shares the processors
in flight  the slope of the peak of memory over devices that are in the middle of a call by TLS
step       how long a stage3_worker_step(worker, 0) takes with 256 devices by TLS: a handshake is computed inside of one
"""

import json
import os
import pathlib
from functools import partial

from footprint import slope
from measure import Failed, interleaved, main, median, median_ratio, run
from programs import ALL_AT_ONCE, IN_SYNC, PATIENT, SLOW, configure, fleet, run_cli, run_client

HANDSHAKE = {"handshake_ms": 300}
RPCS = 2
IN_FLIGHT = 64

MAX_WALL = 1.15
MAX_GOING_ON = 0.5
MAX_IN_FLIGHT = 64 * 1024
UNBOUND = {"timeouts": {**PATIENT, "tls": 60}, "ota": {"timeout": 60}}


def tls_fleet(devices, settings, tls, **options):
    return fleet(devices, {**settings, "tls": {"http": "refused", **tls}}, **options)


def learn(build, sim, devices):
    """A first run, which puts the keys on record."""
    configure(sim, concurrency=IN_FLIGHT, **UNBOUND)
    run_cli(build, sim, wanted_ok=devices)


def run_wall(build, devices, threads):
    with tls_fleet(devices, SLOW, HANDSHAKE) as sim:
        learn(build, sim, devices)
        configure(sim, concurrency=devices, network=ALL_AT_ONCE, **UNBOUND)
        return run_cli(build, sim, "--threads", threads, wanted_ok=devices).wall


def run_raw_wall(build, devices):
    with tls_fleet(devices, SLOW, HANDSHAKE) as sim:
        return run_client(build, "raw-tls-client", sim, devices, devices, tls=True).wall


def measure_wall(arguments, report):
    devices = 200 if arguments.quick else 1000
    works = {"one": partial(run_wall, arguments.build, 1, "1"), "raw one": partial(run_raw_wall, arguments.build, 1)}
    for threads in ("1", "2"):
        works[threads] = partial(run_wall, arguments.build, devices, threads)
    works["raw"] = partial(run_raw_wall, arguments.build, devices)
    found = interleaved(arguments.rounds or (1 if arguments.quick else 3), works)

    def detail(name, one):
        return f"{median(found[name]):.2f} s, one device {median(found[one]):.2f} s"

    for threads in ("1", "2"):
        report.add(f"{devices:,} devices, 300 ms handshakes, {threads} threads: x one", median_ratio(found[threads], found["one"]), "x",
                   high=MAX_WALL, detail=detail(threads, "one"))
    report.add(f"raw TLS, {devices:,} devices, 300 ms handshakes: x one", median_ratio(found["raw"], found["raw one"]), "x",
               detail=detail("raw", "raw one"))


def cpu_of(build, devices, tls):
    """Seconds of CPU time for one RPC: the command's, the simulator's, and the raw client's (None by plain HTTP)."""
    begin = {} if tls is None else {"tls": {"http": "refused", **tls}}
    with fleet(devices, {**IN_SYNC, **begin}) as sim:
        learn(build, sim, devices)
        before = cpu_time(sim.pid)
        own = run_cli(build, sim, wanted_ok=devices).cpu
        of_sim = cpu_time(sim.pid) - before
        raw = None
        if tls is not None:
            goes_on = tls.get("resumption") != "none"
            raw = run_client(build, "raw-tls-client", sim, devices, IN_FLIGHT, tls=goes_on).cpu
        return [seconds and seconds / devices / RPCS for seconds in (own, of_sim, raw)]


def cpu_time(pid):
    """Seconds of CPU time that a process has taken by now."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure_cpu(arguments, report):
    devices = 200 if arguments.quick else 1000
    kinds = {"plain HTTP": None, "TLS 1.3, new sessions": {"resumption": "none"}, "TLS 1.3, going on": {},
             "TLS 1.2, new sessions": {"version": "1.2", "resumption": "none"}, "TLS 1.2, going on": {"version": "1.2"}}
    works = {name: partial(cpu_of, arguments.build, devices, tls) for name, tls in kinds.items()}
    found = interleaved(arguments.rounds or (1 if arguments.quick else 3), works)
    own, of_sim, raw = ({name: column for name, column in zip(found, columns)}
                        for columns in zip(*(zip(*runs) for runs in found.values())))
    for name, tls in kinds.items():
        report.add(f"CPU an RPC, {name}", median(own[name]) * 1e6, "us",
                   detail=f"{median_ratio(own[name], own['plain HTTP']):.1f} x plain HTTP; simulator {median(of_sim[name]) * 1e6:.0f} us")
        if tls is not None:
            report.add(f"CPU an RPC, {name}: stage3 / raw", median_ratio(own[name], raw[name]), "x",
                       detail=f"raw {median(raw[name]) * 1e6:.0f} us")
    for version in ("TLS 1.3", "TLS 1.2"):
        new, mixed = (f"{version}, {kind}" for kind in ("new sessions", "going on"))
        for who, cpu in (("stage3", own), ("raw", raw)):
            report.add(f"{version}, {who}: an RPC that goes on / one with a new session", goes_on_ratio(cpu[new], cpu[mixed]), "x",
                       high=MAX_GOING_ON if who == "stage3" else None)


def goes_on_ratio(new, mixed):
    """Of `mixed`, the mean of an RPC with a new session and one that goes on, only the latter counts, against `new`."""
    return RPCS * median_ratio(mixed, new) - 1


def peak_of(build, devices, tls):
    settings = {**IN_SYNC, "latency_ms": {"*": 2000}, **({} if tls is None else {"tls": {"http": "refused", **tls}})}
    with fleet(devices, settings) as sim:
        configure(sim, concurrency=devices, network=ALL_AT_ONCE, **UNBOUND)
        return run_cli(build, sim, wanted_ok=devices, peak=True).peak


def measure_in_flight(arguments, report):
    counts = (100, 300) if arguments.quick else (250, 500, 1000)
    for name, tls in (("TLS 1.3", {}), ("TLS 1.2", {"version": "1.2"}), ("plain HTTP", None)):
        peaks = [(devices, peak_of(arguments.build, devices, tls)) for devices in counts]
        report.add(f"a device in flight, {name}", slope(peaks) / 1024, "KiB", high=None if tls is None else MAX_IN_FLIGHT / 1024)


def measure_steps(arguments, report):
    devices = 256
    program = arguments.build / "tests" / "bench" / "step-bench"
    for name, tls in (("TLS", {}), ("plain HTTP", None)):
        settings = {**SLOW, **({} if tls is None else {"tls": {"http": "refused"}})}
        with fleet(devices, settings) as sim:
            learn(arguments.build, sim, devices)
            found = json.loads(run([program, sim.state_path, devices, 1000]).out)
        if found["ok"] != devices:
            raise Failed(f"{program}: {found['ok']} of {devices} devices are ok")
        for kind in ("clock", "cpu"):
            report.add(f"step, {devices} devices, {name}, {kind}: 99 of 100", found[kind]["p99"], "us",
                       detail=f"median {found[kind]['p50']:.0f}, worst {found[kind]['max']:.0f}")


def measure(arguments, report):
    measure_wall(arguments, report)
    measure_cpu(arguments, report)
    measure_in_flight(arguments, report)
    measure_steps(arguments, report)


if __name__ == "__main__":
    main(__doc__, measure)
