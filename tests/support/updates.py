"""Updates of simulated fleets: what is offered, and what must never be seen of them, whoever sends them."""

import datetime
import time

BUILD = "20260311-095901/1.7.5-g9979d16"
OTHER_BUILD = "20250101-000000/1.7.5-g1111111"


def offering(**settings):
    """The `update` of a simulated device."""
    return {"stable": {"version": "1.7.5", "build_id": BUILD}, "apply_seconds": 1, "reboot_seconds": 1, **settings}


def monotonic_of(stamp):
    """A time of the state file as the simulator counts it."""
    utc = datetime.datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
    return utc.timestamp() - time.time() + time.monotonic()


def judged(fleet, deadline):
    """What is wrong with the updates that devices have started: the same build twice within so many seconds. Ends the simulator,
    which alone knows."""
    wrong = []
    for mac, seen in fleet.sim.stop()["updates"].items():
        last = {}
        for update in seen["started"]:
            before = last.get(update["build_id"])
            if before is not None and update["t"] - before < deadline:
                wrong.append(f"{mac}: {update['build_id']} again after {update['t'] - before:.1f} s")
            last[update["build_id"]] = update["t"]
    return wrong
