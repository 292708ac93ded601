"""Promise 12: only the right device is written, updated or logged in to, also if addresses change hands in mid-run."""

import itertools

import figures
from disturbed import fleet_of, without
from fleet import device
from harness import LONG

INFO, WRITE, UPDATE = "Shelly.GetDeviceInfo", "Sys.SetConfig", "Shelly.Update"
CONFIG = {"ota": {"mode": "check_and_update", "rate": 0}, "auth": {"secrets_file": "secrets.yaml"}}
PASSWORD = "geheim"
PAIRS = 500 if LONG else 50
STRANGER = "B0B0B0B0B0B0"
VERSIONS = ("0.14.1", "1.0.0", "1.4.4", "2.0.0")


def tempting(**settings):
    """A device that takes a name, an update and a login."""
    return device("Neu", **{"update": {"stable": "9.9.9", "step": None}, "auth": {"password": PASSWORD}, **settings})


def give_secrets(fleet):
    path = fleet.dir / "secrets.yaml"
    path.write_text(f"shelly: {{password: {PASSWORD}}}\n")
    path.chmod(0o600)


def touched(requests):
    """What was done to a device beyond asking who it is."""
    return [(r["mac"], r["rpc"], r["auth"]) for r in requests if r["rpc"] not in (INFO, "/shelly") or r["auth"]]


def swap_pairs(fleet):
    entries = list(fleet.entries().items())
    state = {}
    for (mac, entry), (other_mac, other) in zip(entries[::2], entries[1::2]):
        state[mac] = {**entry, "ip": other["ip"]}
        state[other_mac] = {**other, "ip": entry["ip"]}
    fleet.write_state(state)


def run_swapped(pairs, *arguments, is_locked=True, **options):
    kinds = itertools.cycle([{}, {"kind": "wall_display"}, {"ver": "0.14.1"}, {"ver": "2.0.0"},
                             {"auth": {"password": PASSWORD, "opaque": ""}, "kind": "wall_display"}])
    devices = [tempting(name="Alt", **kind) for _, kind in zip(range(2 * pairs), kinds)]
    if not is_locked:
        for each in devices:
            each["settings"].pop("auth")
    with fleet_of(devices, CONFIG) as fleet:
        give_secrets(fleet)
        swap_pairs(fleet)
        run = fleet.run(*arguments, **options)
        return run, touched(fleet.requests()), fleet.sim.stop()["changed_devices"]


def test_swapped_in_the_state_file():
    run, done, changed = run_swapped(PAIRS, "--threads", "2")
    assert done == [] and changed == {}
    assert run.summary == f"Stage 3 summary: total={2 * PAIRS} ok=0 failed={2 * PAIRS}"
    figures.tell(12, f"{2 * PAIRS} devices with swapped addresses: 0 writes, 0 updates, 0 logins")


def swap(rpc, call):
    """From this call on, the address belongs to another device."""
    return [{"kind": "mac", "mac": STRANGER, "id": f"shellyplus1pm-{STRANGER.lower()}", "rpc": rpc, "from": call}]


def sent_to_strangers(fleet, rpc, calls):
    """What the device at each index was sent behind its `calls[index]`-th call of that RPC, and how many were swapped
    at all."""
    found, swapped = [], 0
    for index, call in enumerate(calls):
        log = fleet.requests(index)
        counted = [at for at, request in enumerate(log) if rpc in (request["rpc"], "*")]
        if len(counted) >= call:
            swapped += 1
            found.append([r for r in log[counted[call - 1]:] if touched([r])])
    return found, swapped


def test_swapped_in_mid_run():
    """At each look at the identity in turn: behind it the stranger gets nothing."""
    looks = (1, 2, 3, 4)
    kinds = [{}, {"name": "Neu"}, {"auth_en": False, "auth": {"password": PASSWORD}, "name": "Alt"}]
    devices = [tempting(**kind, ver=version, faults=swap(INFO, look))
               for look in looks for version in VERSIONS for kind in kinds]
    with fleet_of(devices, CONFIG) as fleet:
        give_secrets(fleet)
        fleet.run()
        found, swapped = sent_to_strangers(fleet, INFO, [d["settings"]["faults"][0]["from"] for d in devices])
    assert not any(found) and swapped > len(devices) / 2
    figures.tell(12, f"{swapped} addresses that change hands before a look at the identity: 0 writes, 0 updates, "
                     "0 logins behind it")


def test_no_login_where_the_realm_is_a_strangers():
    """An address that changes hands between a look at the identity and the next call, whichever that is: the next
    call may still go out, with a nonce that the right device gave; no login is made to the stranger."""
    devices = [tempting(ver=version, faults=swap("*", call)) for call in range(1, 8) for version in VERSIONS]
    with fleet_of(devices, CONFIG) as fleet:
        give_secrets(fleet)
        fleet.run()
        found, swapped = sent_to_strangers(fleet, "*", [d["settings"]["faults"][0]["from"] for d in devices])
    logins = [[r for r in requests if r["auth"]] for requests in found]
    assert all(len(sent) <= 1 for sent in logins), logins
    assert all(r is requests[0] for requests, sent in zip(found, logins) for r in sent), logins
    assert swapped > len(devices) / 2


def test_belief_in_the_wrong_device_is_noticed():
    # A login would still not be made: the stranger's id does not name the MAC that is believed.
    _, done, changed = run_swapped(1, is_locked=False, env=without("believes"))
    assert {rpc for _, rpc, _ in done} >= {WRITE} and changed != {}
