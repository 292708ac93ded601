"""Whether a run over evil and healthy devices is as promised; each check returns what is wrong, in words."""

import collections
import re

from battlefield import RPC_SECONDS
from evil_kinds import CUT, truth
from promptly import check_in_time

SLACK = 1.0  # seconds that a timer may be late on a machine that is busy with other tests
PAUSE = 0.3  # before a call is repeated
CONNECT_RATE = 1000
# GetDeviceInfo, SetConfig (429), Sys.GetConfig, GetDeviceInfo, SetConfig, GetDeviceInfo, CheckForUpdate, Sys.GetStatus, GetDeviceInfo,
# Update.
MOST_CALLS = 10
FIELDS = {"stage3", "fw", "model", "hostname"}
# What is said of those that got no turn in time, on a busy machine.
LATE = re.compile("timeout|offline|told later than|held for more than")


def check(wrong):
    """That nothing is wrong, for tests that are `repeated_when_late`."""
    assert [text for text in wrong if not LATE.search(text)] == []
    check_in_time(wrong == [], wrong)


def summed_up(wrong):
    """The same complaint of many devices once, with their number."""
    return [f"{count} x {text}" for text, count in collections.Counter(wrong).items()]


def untold(fought):
    """Devices without a result, or with two; a run that did not end by itself."""
    run = fought.finished
    wrong = [] if run.exit in (0, 1) else [f"exit status {run.exit}: {run.errors[-300:]}"]
    wrong += [f"two results of {mac}" for mac in run.twice]
    missing = set(fought.before) - set(run.results)
    return wrong + ([f"no result of {len(missing)} devices"] if missing else [])


def unhealthy(fought):
    """Healthy devices that are not ok, written and recorded."""
    wrong = []
    for mac in fought.healthy:
        told = fought.finished.results.get(mac, {})
        if told.get("outcome") != "ok" or not told.get("name_changed"):
            wrong.append(f"healthy, but {told.get('outcome')} {[e['text'] for e in told.get('errors', [])]}")
    return summed_up(wrong)


def untruthful(fought, truth_of=truth):
    """Evil devices of which something else is told than what they did."""
    wrong = []
    for device in fought.devices:
        told = fought.finished.results.get(device["mac"])
        if told is None:
            continue
        outcomes, pattern = truth_of(device["kind"])
        text = "; ".join(error["text"] for error in told["errors"])
        if told["outcome"] not in outcomes or not re.fullmatch(pattern, text.replace(device["mac"], "MAC")):
            wrong.append(f"{device['kind']}: {told['outcome']}, {text!r}")
    return summed_up(wrong)


def overdue(fought, handshake=0):
    """Connections held beyond the timeout and that of a handshake, and devices that took longer than their calls may."""
    patience = RPC_SECONDS + handshake
    wrong = []
    queue = sum(device["connections"] for device in fought.devices) / CONNECT_RATE + 3 * len(fought.healthy) / CONNECT_RATE
    for device in fought.devices:
        told_at = fought.finished.told_at.get(device["mac"])
        if device["longest"] > patience + SLACK:
            wrong.append(f"{device['kind']}: a connection was held for more than the timeout")
        if device["connections"] > MOST_CALLS:
            wrong.append(f"{device['kind']}: {device['connections']} connections")
        allowed = device["connections"] * patience + 2 * PAUSE + queue + SLACK
        if told_at is not None and device["began"] > 0 and told_at - device["began"] > allowed:
            wrong.append(f"{device['kind']}: told later than its calls may take")
    return summed_up(wrong)


def misrecorded(fought):
    """Entries of the state file that are not as they were, plus the result."""
    wrong = []
    state = fought.state()
    if list(state) != list(fought.before):
        wrong.append("the entries are not those that were there")
    for mac, entry in state.items():
        before = fought.before[mac]
        told = fought.finished.results.get(mac, {})
        kept = {key: value for key, value in entry.items() if key not in FIELDS - set(before)}
        changed = {key for key in before if key != "fw" and kept.get(key) != before[key]}
        if changed or set(kept) - set(before):
            wrong.append(f"{sorted(changed)} changed in an entry")
        if entry.get("stage3", {}).get("ota_status") != told.get("ota_status"):
            wrong.append(f"recorded as {entry.get('stage3')}, told as {told.get('ota_status')}")
    return summed_up(wrong)


def strayed(fought):
    """What came where redirects lead."""
    return [f"{fought.trapped} connections to where redirects lead"] if fought.trapped else []


def leaked(fought, kinds=None):
    """Requests with an Authorization header, however empty its value, to those that must get none."""
    return summed_up(f"{device['kind']}: got an Authorization" for device in fought.devices
                     for _ in range(device["authorizations"])
                     if not device["kind"].startswith("login") and (kinds is None or device["kind"] in kinds))


def unwritten(fought):
    """Devices told as ok to which the name never came: another answer was taken for theirs."""
    return summed_up(f"{device['kind']}: ok, but got {device['writes']} writes" for device in fought.devices
                     if fought.finished.results.get(device["mac"], {}).get("outcome") == "ok" and device["writes"] == 0)


def everything(fought, truth_of=truth, handshake=0):
    return (untold(fought) + unhealthy(fought) + untruthful(fought, truth_of) + overdue(fought, handshake) + misrecorded(fought)
            + strayed(fought) + leaked(fought) + unwritten(fought))
