#!/usr/bin/python3
"""What a device costs in a fleet of 100,000, and what a second worker brings.

    tests/bench/scale.py build-bench [--rounds N] [--quick] [--json FILE]

growth    CPU time of the stage3 command for a device in sync (two RPCs, answered at once, 256 in flight, every one told as
          JSON) in fleets of 1,000, 10,000 and 100,000; the cost of a run over one device, start-up above all, is taken off
peak      the peak of its memory with 100,000 devices
workers   --threads 2 against --threads 1, simulator and command on the same two processors. The simulator needs one of them
          for itself, so that the time on the wall says nothing about the second worker. What counts is the time of both
          processors that the simulator leaves, be it used by the command or idle:
              speed-up = 2 x CPU time with --threads 1 / (CPU time + idle time of both processors with --threads 2)
          Workers that wait for each other lose by idle processors, workers that disturb each other by CPU time. Where
          others are at work, too, there is no idle time to be seen, and the figure is too good.
"""

import os
import resource
from functools import partial

from measure import interleaved, main, median, median_ratio
from programs import ALL_AT_ONCE, PATIENT, configure, fleet, run_cli

IN_FLIGHT = 256
MAX_GROWTH = 1.15
MAX_PEAK = 512  # MB
MIN_SPEED_UP = 1.7


def run_fleet(build, devices, *options, **measured):
    with fleet(devices) as sim:
        configure(sim, concurrency=IN_FLIGHT, network=ALL_AT_ONCE, timeouts=PATIENT)
        return run_cli(build, sim, *options, wanted_ok=devices, **measured)


def measure_growth(arguments, report):
    sizes = (1000, 20_000) if arguments.quick else (1000, 10_000, 100_000)
    rounds = arguments.rounds or (2 if arguments.quick else 3)
    peaks = {}

    def cpu_of_fleet(devices):
        # A small fleet takes so little that one run says nothing.
        repeats = 5 if devices <= 1000 else 1
        runs = [run_fleet(arguments.build, devices, peak=True) for _ in range(repeats)]
        peaks[devices] = max(run.peak for run in runs)
        return median([run.cpu for run in runs])

    found = interleaved(rounds, {size: partial(cpu_of_fleet, size) for size in (1, *sizes)})
    cost = {size: [(all_of_it - start) / size for all_of_it, start in zip(found[size], found[1])] for size in sizes}
    for size in sizes:
        report.add(f"{size:,} devices: CPU a device", median(cost[size]) * 1e6, "us",
                   detail=f"and {median(found[1]) * 1e3:.0f} ms of start-up; peak {peaks[size] / 1e6:.1f} MB")
    for size in sizes[1:]:
        report.add(f"{size:,} / {sizes[0]:,} devices, CPU a device", median_ratio(cost[size], cost[sizes[0]]), "x",
                   high=MAX_GROWTH)
    report.add(f"{sizes[-1]:,} devices: peak of memory", peaks[sizes[-1]] / 1e6, "MB", high=MAX_PEAK,
               detail="every one of them told")


def idle_time(processors):
    """How long these have been idle since the machine was started, together, in seconds."""
    ticks = 0
    with open("/proc/stat", encoding="ascii") as file:
        for line in file:
            name, *times = line.split()
            if name in {f"cpu{number}" for number in processors}:
                ticks += int(times[3]) + int(times[4])  # idle, and waiting for a disk
    return ticks / os.sysconf("SC_CLK_TCK")


def run_workers(build, devices, threads, processors):
    """(CPU time of the command, idle time of the processors meanwhile)"""
    with fleet(devices) as sim:
        configure(sim, concurrency=IN_FLIGHT, network=ALL_AT_ONCE, timeouts=PATIENT)
        before = idle_time(processors)
        cost = run_cli(build, sim, "--threads", threads, wanted_ok=devices)
        return cost.cpu, idle_time(processors) - before


def measure_workers(arguments, report):
    allowed = os.sched_getaffinity(0)
    if len(allowed) < 2:
        report.skip("workers", "needs two processors")
        return
    devices = 5000 if arguments.quick else 20_000
    rounds = arguments.rounds or (3 if arguments.quick else 9)
    both = sorted(allowed)[:2]
    os.sched_setaffinity(0, both)  # for all that is started from here
    try:
        found = interleaved(rounds, {threads: partial(run_workers, arguments.build, devices, threads, both)
                                     for threads in (1, 2)})
    finally:
        os.sched_setaffinity(0, allowed)
    single = [cpu for cpu, _ in found[1]]
    (cpu, idle) = (median(column) for column in zip(*found[2]))
    report.add("two workers / one", 2 * median_ratio(single, [sum(run) for run in found[2]]), "x", low=MIN_SPEED_UP,
               detail=f"one: {median(single):.2f} s of CPU; two: {cpu:.2f} s, and {idle:.2f} s idle")


def measure(arguments, report):
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    measure_growth(arguments, report)
    measure_workers(arguments, report)


if __name__ == "__main__":
    main(__doc__, measure)
