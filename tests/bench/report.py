#!/usr/bin/python3
"""What it takes to look at a fleet of 100,000 devices without asking one.

    tests/bench/report.py build-bench [--rounds N] [--quick] [--json FILE]

status    `stage3 status`
report    `stage3 report`: the page, with what has changed since the file of before the last run
reading   Python's json.load() of the state file, which is what the Python original begins with; each of the others against it
"""

import json
import pathlib
import sys
import tempfile

from measure import interleaved, main, median, median_ratio, run

APPS = ("S2PMG3", "Plus1PM", "S1MINIPMG3", "PlugSG3")
MAX_STATUS = 0.3
MAX_REPORT = 1.0


def entry(number):
    recorded = {"ota_status": "up_to_date", "friendly_status": "ok", "last_run": "2026-11-29T01:00:00Z",
                "last_seen": "2026-11-29T01:00:00Z", "fw": "1.7.5", "fw_id": "20251117-101010/1.7.5-g0123456",
                "app": APPS[number % 4], "device_name": f"Raum {number}"}
    if number % 50 == 0:
        recorded.update(ota_status="error", error="auth: login refused", error_id="auth.login_refused",
                        failing_since="2026-11-20T01:00:00Z")
    elif number % 70 == 0:
        recorded.update(ota_status="update_available", update="1.7.6")
    return {"ip": f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", "model": APPS[number % 4],
            "friendly_name": f"Raum {number}", "stage3": recorded}


def write_fleet(directory, devices):
    state = directory / "s.json"
    state.write_text(json.dumps({f"A8032A{number:06X}": entry(number) for number in range(devices)}, indent=2))
    (directory / "s.json.bak").write_bytes(state.read_bytes())
    (directory / "c.yaml").write_text("stage3: {ip_state_file: s.json}\n")


def measure(arguments, report):
    devices = 20_000 if arguments.quick else 100_000
    rounds = arguments.rounds or (3 if arguments.quick else 7)
    stage3 = arguments.build / "examples" / "cli" / "stage3"
    # Failures are on record, which makes the status 1.
    status = ["sh", "-c", f"{stage3} status --config c.yaml; test $? = 1"]
    page = [stage3, "report", "--config", "c.yaml", "--html", "page.html"]
    reading = [sys.executable, "-c", "import json; json.load(open('s.json'))"]
    with tempfile.TemporaryDirectory() as place:
        write_fleet(pathlib.Path(place), devices)
        found = interleaved(rounds, {name: lambda command=command: run(command, cwd=place).wall
                                     for name, command in (("status", status), ("report", page), ("reading", reading))})
    most = {"status": MAX_STATUS, "report": MAX_REPORT}
    for name, seconds in found.items():
        report.add(f"{name}, {devices:,} devices", median(seconds), "s", high=most.get(name))
    for name in most:
        report.add(f"{name} / reading", median_ratio(found[name], found["reading"]), "x")


if __name__ == "__main__":
    main(__doc__, measure)
