#!/usr/bin/python3
"""How many instructions a run over a fixed fleet takes in user code, counted by callgrind: a figure that hardly depends on
what else the machine does, for test_instructions.py.

    tests/bench/instructions.py build [--runs N] [--record]

200 devices in sync that answer at once, 32 in flight, asked by examples/c/minimal.c: two RPCs each, results, state saved.
Without ICMP, and with the same variants of memcpy() and the like on every processor. How busy the machine is decides
neither how many answers come together nor how much time passes (calm.c).
  own    of the program: the library and what it compiles in
  total  with those of libcurl, libc, libstdc++ and the dynamic linker: a call to libcurl too many shows here

instructions.json has the figures for what they depend on (compiler, build type, versions); --record puts those of this
build there, to be committed with the change that moved them.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

from callgrind import Instructions
from measure import Failed
from programs import ALL_AT_ONCE, PATIENT, configure, fleet, versions

RECORD = pathlib.Path(__file__).resolve().parent / "instructions.json"
DEVICES = 200
IN_FLIGHT = 32
MAX_GROWTH = 1.1

# What glibc chooses by the processor would be counted differently on another one.
SAME_EVERYWHERE = "glibc.cpu.hwcaps=-AVX2,-AVX512F,-AVX512VL,-BMI2,-ERMS,-FSRM,-MOVBE,-SSE4_2,-SSSE3"


def count(build, preload=None):
    """{"own": ..., "total": ...} of one run."""
    program = build / "examples" / "c" / "c-minimal"
    with fleet(DEVICES) as sim:
        configure(sim, concurrency=IN_FLIGHT, network=ALL_AT_ONCE, timeouts=PATIENT)
        written = sim.directory / "callgrind.out"
        # Addresses decide where hash tables put things, and the environment where the stack begins.
        command = [*without_icmp(), "setarch", "--addr-no-randomize", "valgrind", "--quiet", "--tool=callgrind",
                   f"--callgrind-out-file={written}", program]
        calm = build / "tests" / "bench" / "libcalm.so"
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "GLIBC_TUNABLES": SAME_EVERYWHERE,
                       "STAGE3_SIM_PID": str(sim.pid), "LD_PRELOAD": ":".join(map(str, filter(None, [calm, preload])))}
        done = subprocess.run(command, cwd=sim.directory, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, check=False)
        if done.returncode != 0 or done.stdout.count(" ok\n") != DEVICES:
            raise Failed(f"c-minimal under callgrind: exit status {done.returncode}\n{done.stderr}{done.stdout[-1000:]}")
        found = Instructions(written)
        return {"own": found.by_object[str(program)], "total": found.total - found.by_object[str(calm)]}


def without_icmp():
    """Only root may have ICMP: what is counted must not depend on who counts."""
    return ["setpriv", "--bounding-set=-net_raw"] if os.geteuid() == 0 else []


def conditions(build):
    """What the counts depend on, as the key of instructions.json."""
    return ", ".join(f"{name} {value}" for name, value in versions(build).items() if value)


def recorded():
    return json.loads(RECORD.read_text(encoding="utf-8"))


def growth(found, known):
    """What has grown too much, in words; empty if nothing has."""
    return [f"{kind}: {found[kind]:,} instructions, {found[kind] / known[kind]:.3f} times the recorded {known[kind]:,}"
            for kind in ("own", "total") if found[kind] > MAX_GROWTH * known[kind]]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--record", action="store_true", help=f"write the medians to {RECORD.name}")
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    os.environ["STAGE3_SIM"] = str(build / "tests" / "sim" / "stage3-sim")
    try:
        runs = [count(build) for _ in range(arguments.runs)]
    except Failed as failure:
        sys.exit(str(failure))
    key = conditions(build)
    known = recorded()
    middle = {kind: int(statistics.median(run[kind] for run in runs)) for kind in ("own", "total")}
    print(key)
    for kind, value in middle.items():
        values = [run[kind] for run in runs]
        spread = (max(values) - min(values)) / value
        before = f", recorded {known[key][kind]:,}" if key in known else ""
        print(f"  {kind:5} {value:,} ({value // DEVICES:,} a device, spread {spread:.2%}{before})")
    if arguments.record:
        known[key] = middle
        RECORD.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
