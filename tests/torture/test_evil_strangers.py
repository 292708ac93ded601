"""Promises 12 and 13: devices that turn into others, and those that ask for a login they must not get."""

import figures
import evil_verdict as verdict
from battlefield import LONG
from evil_fleet import battle
from evil_kinds import CHALLENGES, ELSEWHERE
from promptly import repeated_when_late

EACH = 1000 if LONG else 60
HEALTHY = 1000 if LONG else 100

# The calls of a run that writes the name and starts the update: 1 GetDeviceInfo, 2 SetConfig, 3 GetDeviceInfo,
# 4 CheckForUpdate, 5 Sys.GetStatus, 6 GetDeviceInfo, 7 Update. What turns into another between 1 and 2, or 6 and 7, nobody can
# see: exactly one RPC goes there.
CALLS = range(1, 9)
UNSEEN_WRITE, UNSEEN_UPDATE = 2, 7
FOUND = "identity: expected MAC, found 5A5A5A5A5A5A"
OTHER_REALM = "auth: no login sent: challenge is for another realm"


def truth_of_swapped(kind):
    name, _, call = kind.partition("=")
    call = int(call)
    if call > UNSEEN_UPDATE or (name == "swapped" and call == UNSEEN_UPDATE):
        return ("ok",), ""
    if name == "stranger-with-login" and call in (2, 4, 5, 7):
        return ("failed",), OTHER_REALM
    return ("failed",), FOUND


@repeated_when_late
def test_only_the_right_device_is_written():
    seen = [call for call in CALLS if call not in (UNSEEN_WRITE, UNSEEN_UPDATE)]
    specs = [f"swapped={call}*{EACH}" for call in CALLS]
    with battle(specs, healthy=HEALTHY) as fought:
        fought.run()
        checks = (verdict.untold, verdict.unhealthy, verdict.overdue, verdict.misrecorded, verdict.leaked)
        verdict.check([wrong for check in checks for wrong in check(fought)])
    verdict.check(verdict.untruthful(fought, truth_of_swapped))
    kinds = [f"swapped={call}" for call in seen]
    written = sum(fought.sum("writes_to_stranger", kind) for kind in kinds)
    updated = sum(fought.sum("updates_to_stranger", kind) for kind in kinds)
    assert (written, updated) == (0, 0)
    # In the window of one RPC: that one, and nothing after it.
    assert (fought.sum("writes_to_stranger"), fought.sum("updates_to_stranger")) == (EACH, EACH)
    assert fought.sum("updates_to_stranger", f"swapped={UNSEEN_WRITE}") == 0
    slowest = max(device["slowest_write"] for device in fought.devices)
    figures.tell(12, f"{len(specs)} x {EACH} devices that turn into another at each point of a run: 0 writes, 0 updates; "
                     f"in the window of one RPC that nobody can see, that one RPC, at most {slowest:.2f} s after the identity")


def recorded_of_strangers(fought):
    return [entry["stage3"] for mac, entry in fought.state().items()
            if mac in fought.evil.macs() and {"fw", "device_name", "last_seen"} & set(entry.get("stage3", {}))]


def test_nothing_of_a_stranger_is_recorded():
    with battle([f"swapped=1*{EACH}"], healthy=5) as fought:
        fought.run()
        assert recorded_of_strangers(fought) == []
        assert fought.sum("calls") == EACH
    figures.tell(12, f"{EACH} strangers: nothing recorded, nothing asked but who they are")


@repeated_when_late
def test_no_login_for_strangers():
    with battle([f"stranger-with-login={call}*{EACH}" for call in CALLS], healthy=HEALTHY) as fought:
        fought.run()
        verdict.check(verdict.untold(fought) + verdict.unhealthy(fought) + verdict.leaked(fought))
    verdict.check(verdict.untruthful(fought, truth_of_swapped))
    assert fought.sum("challenges") >= 4 * EACH
    figures.tell(12, f"{fought.sum('challenges')} logins wanted by devices that had turned into another: "
                     f"{fought.sum('logins_to_stranger')} sent")
    assert fought.sum("logins_to_stranger") == 0


@repeated_when_late
def test_no_credential_for_wrong_challenges():
    specs = [f"{kind}{where}*{EACH}" for kind in (*CHALLENGES, *ELSEWHERE) for where in ("", "@later")]
    with battle([*specs, f"login*{EACH}"], healthy=HEALTHY) as fought:
        fought.run()
        verdict.check(verdict.everything(fought))
    wanted = fought.sum("challenges") - fought.sum("challenges", "login")
    answered = fought.sum("authorizations") - fought.sum("authorizations", "login")
    assert wanted >= 2 * len(CHALLENGES) * EACH
    # The right challenge is answered, or none of this would prove anything.
    assert fought.sum("challenges", "login") == EACH and fought.sum("authorizations", "login") == 4 * EACH
    figures.tell(13, f"{wanted} wrong challenges ({', '.join(CHALLENGES)}): {answered} answered; "
                     f"{EACH} right ones: {EACH} answered; {fought.trapped} came where redirects lead")
