"""What the tests of updates ask a fleet, and how they make one."""

import time

from promptly import Late
from sim_client import Simulator, call, version

FAST = {"apply_seconds": 0.1, "reboot_seconds": 0.2}


def fleet(*updates, **settings):
    """A device for each of these plans, made quick where they do not say how long they take."""
    rules = [{"set": settings}] if settings else []
    rules += [{"match": {"index": i}, "set": {"update": {**FAST, **u}}}
              for i, u in enumerate(updates)]
    return Simulator(devices=len(updates), scenario={"rules": rules})


def offers(sim, index):
    answer = call(sim, index, "Shelly.CheckForUpdate")
    assert answer.status == 200
    return {stage: offer["version"] for stage, offer in answer.json().items()}


def uptime(sim, index):
    return call(sim, index, "Sys.GetStatus").json()["uptime"]


def update(sim, index, **parameters):
    answer = call(sim, index, "Shelly.Update", **parameters)
    return answer.json() if answer.status == 200 else answer.json()["message"]


def wait_for_reboot(sim, index, timeout=5):
    """Until the device has been away and is back; returns its version."""
    deadline = time.monotonic() + timeout
    was_away = False
    while time.monotonic() < deadline:
        try:
            found = version(sim, index)
        except ConnectionError:
            was_away = True
        else:
            if was_away:
                return found
        time.sleep(0.02)
    # Who looks too seldom does not see it away.
    raise Late("it did not reboot and come back")


def wait_until(condition, what, timeout=5):
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise Late(what)
        time.sleep(0.02)
