"""Whether a run over devices with odd answers is as promised; each check returns what is wrong, in words."""

import evil_verdict
from answers_fleet import HEALTHY, MOST_CALLS, RPC_SECONDS, SLACK, Encounter

# What depends on when a run took place, and where the devices were.
PASSING = {"address", "finished", "last_seen", "failing_since"}
PASSING_OF_UPDATE = {"sent_at"}
SANITIZERS = ("Sanitizer", "runtime error:")
SHOWN = 12


def results_of_healthy(fought):
    """What is told of each healthy device, but for what is another in each run."""
    return {mac: lasting(fought.finished.results.get(mac, {})) for mac in fought.healthy}


def lasting(told):
    out = {key: value for key, value in told.items() if key not in PASSING}
    if "ota" in out:
        out["ota"] = {key: value for key, value in out["ota"].items() if key not in PASSING_OF_UPDATE}
    return out


def alone():
    """The same of a run in which there are no others."""
    with Encounter(["random=0*0"]) as fought:
        fought.run()
        assert fought.finished.exit == 0 and len(fought.finished.results) == HEALTHY
        return results_of_healthy(fought)


def crashed(fought):
    run = fought.finished
    if run.exit in (0, 1) and not any(word in run.errors for word in SANITIZERS):
        return []
    return [f"exit status {run.exit}: {run.errors[-3000:]}"]


def healthy_hurt(fought, told_alone):
    """Healthy devices of which something else is told than in a run without odd neighbours."""
    told = results_of_healthy(fought)
    return [f"healthy {mac}: {told[mac]} instead of {told_alone[mac]}" for mac in told if told[mac] != told_alone[mac]]


def complained(fought):
    """What should never have come to a device, with the conversation that it came to."""
    return [f"{device['name']}: {complaint}" for device in fought.devices for complaint in device["complaints"]]


def overdue(fought):
    wrong = []
    for device in fought.devices:
        if device["longest"] > RPC_SECONDS + SLACK:
            wrong.append(f"{device['name']}: a connection was held for {device['longest']:.1f} s")
        if device["connections"] > MOST_CALLS:
            wrong.append(f"{device['name']}: {device['connections']} connections")
    return wrong


def everything(fought, told_alone):
    """All that is wrong; of a run that crashed that alone."""
    return crashed(fought) or (evil_verdict.untold(fought) + healthy_hurt(fought, told_alone) + complained(fought)
                               + overdue(fought) + evil_verdict.strayed(fought) + evil_verdict.misrecorded(fought))


def in_words(wrong):
    """As a failing test says it: what can be replayed first."""
    more = [f"... and {len(wrong) - SHOWN} more"] if len(wrong) > SHOWN else []
    return "\n".join(["", *wrong[:SHOWN], *more, "Replay one: STAGE3_ANSWERS=NAME meson test torture-answers --verbose"])
