"""Promise 11: an evil device hurts only its own result."""

import pytest

import evil_verdict as verdict
import figures
from battlefield import LONG
from evil_fleet import battle
from evil_kinds import ALL, STEPS
from promptly import repeated_when_late

EACH = 1000 if LONG else 40
EACH_STEP = 200 if LONG else 4
HEALTHY = 1000 if LONG else 200
KINDS = [*ALL, "late-bytes"]
# Each kind by itself, or all at once.
GROUPS = [[kind] for kind in KINDS] if LONG else [KINDS]


def name_of(group):
    return group[0] if len(group) == 1 else f"{len(group)} kinds"


def specs_of(kind):
    """At all calls, at all but the identity, and at one step while all others are answered well."""
    return [f"{kind}*{EACH}", f"{kind}@later*{EACH}", *(f"{kind}@{step}*{EACH_STEP}" for step in STEPS)]


@pytest.mark.parametrize("kinds", GROUPS, ids=name_of)
@repeated_when_late
def test_hurts_only_its_own_result(kinds):
    with battle([spec for kind in kinds for spec in specs_of(kind)], healthy=HEALTHY) as fought:
        fought.run()
        verdict.check(verdict.everything(fought))
    # A step that no device came to would prove nothing.
    assert all(device["updates"] > 0 for device in fought.devices if device["kind"].endswith("@7"))
    longest = max(device["longest"] for device in fought.devices)
    figures.tell(11, f"{name_of(kinds)}, {len(fought.devices)} devices beside {HEALTHY} healthy ones: 0 wrong results, 0 healthy "
                     f"ones hurt, no connection longer than {longest:.2f} s with a timeout of 2 s")


@repeated_when_late
def test_cut_at_every_byte():
    """A good answer that ends early, wherever it does, is never taken for an answer."""
    each = 600
    with battle([f"early-close*{each}", f"early-close@Shelly.CheckForUpdate*{each}"], healthy=10) as fought:
        fought.run()
        evil = fought.evil.macs()

    def truth(kind):
        if "@" not in kind:
            return verdict.truth("early-close")
        return ("failed",), f"OTA: ({verdict.CUT}|closed without an answer)"

    verdict.check(verdict.untold(fought) + verdict.unhealthy(fought) + verdict.untruthful(fought, truth))
    words = {fought.finished.results[mac].get("ota_status") for mac in evil}
    assert words == {"offline", "error", "check_failed"}
    figures.tell(11, f"an answer cut at every byte, {len(evil)} devices: 0 taken for an answer")
