#!/usr/bin/python3
"""What the programs need besides CPU time: memory, start-up, disk.

    tests/bench/footprint.py build-bench [--rounds N] [--quick] [--json FILE]

waiting    bytes that one more device takes while it waits for its turn: the slope of the command's memory over fleets of
           20,000 to 60,000 devices of which the first does not answer, with one in flight; less the bytes of its entry in
           the state file, which is kept once
told       the same for the peak of a whole run with 64 in flight: with what is recorded of a device until it is saved
away       the same as told for devices whose update is being installed, `ota.wait`, and the connections then; what a run keeps of one
           is held to its limit by tests/unit/run/test_memory.cpp
in flight  the slope of the peak over 250 to 2,000 devices in flight, in a fleet of always 4,000 that answer after 2 s
start-up   a run over a state file without devices, from its start to its end
size       of the programs without their symbols; the shared libraries they use are not counted
"""

import os
import pathlib
import subprocess
import tempfile
import time

from measure import Failed, interleaved, main, median, run
from programs import ALL_AT_ONCE, IN_SYNC, PATIENT, configure, fleet, run_cli

MAX_WAITING = 1024
MAX_IN_FLIGHT = 20 * 1024


def slope(points):
    """How much y grows with x, by least squares."""
    count = len(points)
    mean_x, mean_y = (sum(column) / count for column in zip(*points))
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)


def peak_of(build, devices, in_flight, **settings):
    """(peak of a run's memory, size of the state file before it), in bytes."""
    with fleet(devices, {**IN_SYNC, **settings}) as sim:
        configure(sim, concurrency=in_flight, network=ALL_AT_ONCE, timeouts=PATIENT)
        size = sim.state_path.stat().st_size
        return run_cli(build, sim, wanted_ok=devices, peak=True).peak, size


def waiting_of(build, devices):
    """Memory, in bytes, of a run in which all devices wait for one that does not answer."""
    with fleet(devices, {**IN_SYNC, "faults": [{"kind": "hang"}]}) as sim:
        configure(sim, concurrency=1, timeouts=PATIENT)
        command = subprocess.Popen([build / "examples" / "cli" / "stage3"], cwd=sim.directory, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            return settled(lambda: resident(command.pid))
        finally:
            command.kill()
            command.wait()


def away_of(build, devices):
    """(memory in bytes, open sockets) of a run that waits for the end of the updates of all its devices."""
    plan = {"stable": "9.9.9", "apply_seconds": 600}
    with fleet(devices, {**IN_SYNC, "update": plan}) as sim:
        configure(sim, concurrency=64, network=ALL_AT_ONCE, timeouts=PATIENT,
                  ota={"mode": "check_and_update", "wait": True, "rate": 0, "quiet": 300, "deadline": 900})
        command = subprocess.Popen([build / "examples" / "cli" / "stage3", "--wait"], cwd=sim.directory,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            memory = settled(lambda: resident(command.pid), still=4)
            if sim.state_path.read_text(encoding="utf-8").count('"state": "sent"') != devices:
                raise Failed("not all updates were sent")
            return memory, sum(1 for fd in pathlib.Path(f"/proc/{command.pid}/fd").iterdir() if is_tcp(fd))
        finally:
            command.kill()
            command.wait()


def is_tcp(fd):
    """Whether it is a connection; the run has a socket for pings as well."""
    name = os.readlink(fd)
    if not name.startswith("socket:["):
        return False
    inode = name[len("socket:["):-1]
    return any(line.split()[9] == inode for line in pathlib.Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:])


def resident(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:"))


def settled(read, still=2, limit=60):
    """What `read` returns once that has not changed for so many seconds."""
    begin = changed = time.monotonic()
    value = read()
    while time.monotonic() < changed + still:
        time.sleep(0.05)
        if read() != value:
            value, changed = read(), time.monotonic()
        if changed > begin + limit:
            raise Failed(f"the memory of a run that waits still grows after {limit} s")
    return value


def measure_memory(arguments, report):
    counts = (10_000, 30_000) if arguments.quick else (20_000, 40_000, 60_000)
    told = {devices: peak_of(arguments.build, devices, 64) for devices in counts}
    entry = slope([(devices, size) for devices, (_, size) in told.items()])
    waiting = slope([(devices, waiting_of(arguments.build, devices)) for devices in counts])
    report.add("a waiting device", waiting - entry, "bytes", high=MAX_WAITING,
               detail=f"beside its entry in the state file, {entry:.0f} bytes")
    away_counts = (500, 2_000) if arguments.quick else (1_000, 4_000, 8_000)
    away = {devices: away_of(arguments.build, devices) for devices in away_counts}
    report.add("a device away", slope([(devices, memory) for devices, (memory, _) in away.items()]) - entry, "bytes",
               detail="at the peak, with what is recorded of it and saved")
    report.add("connections while all are away", max(sockets for _, sockets in away.values()), "", high=0)
    report.add("a device told", slope([(devices, peak) for devices, (peak, _) in told.items()]) - entry, "bytes",
               detail="at the peak of the whole run")
    fleet_size, flights = (2000, (250, 1000)) if arguments.quick else (4000, (250, 500, 1000, 2000))
    slow = {"latency_ms": {"*": 2000}}
    peaks = [(in_flight, peak_of(arguments.build, fleet_size, in_flight, **slow)[0]) for in_flight in flights]
    report.add("a device in flight", slope(peaks), "bytes", high=MAX_IN_FLIGHT)


def measure_start(arguments, report):
    programs = {"stage3": arguments.build / "examples" / "cli" / "stage3",
                "c-minimal": arguments.build / "examples" / "c" / "c-minimal"}
    with fleet(0) as sim, tempfile.TemporaryDirectory() as directory:
        configure(sim)

        def start_of(program):
            cost = run([program], cwd=sim.directory)
            return cost.wall, cost.cpu

        rounds = 5 if arguments.quick else 21
        found = interleaved(rounds, {name: lambda program=program: start_of(program)
                                     for name, program in programs.items()})
        for name, program in programs.items():
            wall, cpu = (median(column) * 1e3 for column in zip(*found[name]))
            report.add(f"{name}: start-up", wall, "ms", detail=f"{cpu:.1f} ms of CPU")
            stripped = pathlib.Path(directory) / name
            subprocess.run(["strip", "-o", stripped, program], check=True)
            report.add(f"{name}: size", stripped.stat().st_size / 1024, "KB")


def measure(arguments, report):
    measure_memory(arguments, report)
    measure_start(arguments, report)


if __name__ == "__main__":
    main(__doc__, measure)
