#!/usr/bin/python3
"""What it costs to embed a run into an event loop, as measured on the examples and on one machine.

    tests/bench/loops.py build-bench [--rounds N] [--quick] [--json FILE]

loop  256 devices behind 30 ms RPCs and a 1 s update check: the run in each loop of examples/c against the blocking
      run of examples/c/minimal.c, medians of interleaved runs; the CPU time beside it
step  how long a stage3_worker_step(worker, 0) takes, the worst of all rounds: 256 devices at the default settings, and
      2,000 devices all at once
"""

import json
from functools import partial

from measure import Failed, interleaved, main, median, median_ratio, run
from programs import SLOW, configure, fleet, run_minimal

BLOCKING = "c-minimal"
LOOPS = ["c-epoll-loop", "c-sd-event-loop", "c-uv-loop", "c-glib-loop"]
DEVICES = 256
MAX_RATIO = 1.1

STEPS = [(256, 256, 1000), (2000, 2000, 0)]  # devices, concurrency, connections a second (0: no limit)
MAX_P99 = 1000  # microseconds


def run_example(build, program):
    with fleet(DEVICES, SLOW) as sim:
        configure(sim)
        return run_minimal(build, sim, wanted_ok=DEVICES, program=program)


def measure_loops(arguments, report, rounds):
    names = [BLOCKING]
    for name in LOOPS:
        if (arguments.build / "examples" / "c" / name).exists():
            names.append(name)
        else:
            report.skip(name, "was not built")
    found = interleaved(rounds, {name: partial(run_example, arguments.build, name) for name in names})
    walls = {name: [cost.wall for cost in costs] for name, costs in found.items()}
    for name in names:
        detail = f"{median(walls[name]):.2f} s, {median([cost.cpu for cost in found[name]]):.3f} s of CPU"
        report.add(f"{name} / blocking, wall", median_ratio(walls[name], walls[BLOCKING]), "x", high=MAX_RATIO,
                   detail=detail)


def run_steps(program, devices, concurrency, rate):
    with fleet(devices, SLOW) as sim:
        found = json.loads(run([program, sim.state_path, concurrency, rate]).out)
        if found["ok"] != devices:
            raise Failed(f"{program}: {found['ok']} of {devices} devices are ok")
        return found


def measure_steps(arguments, report, rounds):
    program = arguments.build / "tests" / "bench" / "step-bench"
    for devices, concurrency, rate in STEPS:
        found = [run_steps(program, devices, concurrency, rate) for _ in range(rounds)]
        for kind in ("clock", "cpu"):
            worst = {key: max(run[kind][key] for run in found) for key in ("p50", "p99", "max")}
            detail = f"median {worst['p50']:.0f}, worst {worst['max']:.0f}"
            if kind == "clock":
                detail += (f" of {sum(run['steps'] for run in found)} steps;"
                           f" {sum(run['preempted'] for run in found)} that were preempted are left out")
            report.add(f"step, {devices:,} devices, {kind}: 99 of 100", worst["p99"], "us", high=MAX_P99, detail=detail)


def measure(arguments, report):
    rounds = arguments.rounds or (1 if arguments.quick else 5)
    measure_loops(arguments, report, rounds)
    measure_steps(arguments, report, rounds)


if __name__ == "__main__":
    main(__doc__, measure)
