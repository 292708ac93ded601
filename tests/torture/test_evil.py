"""Promise 11: an evil device hurts only its own result."""

import pytest

import evil_verdict as verdict
import figures
from battlefield import LONG
from evil_fleet import battle
from evil_kinds import ALL

EACH = 1000 if LONG else 40
HEALTHY = 1000 if LONG else 200
IDENTITY = [*ALL, "late-bytes"]
LATER = [f"{kind}@later" for kind in IDENTITY]
# Each kind by itself, or all at once.
GROUPS = [[kind] for kind in IDENTITY + LATER] if LONG else [IDENTITY, LATER]


def name_of(group):
    return group[0] if len(group) == 1 else f"{len(group)} kinds{group[0][len(IDENTITY[0]):]}"


@pytest.mark.parametrize("kinds", GROUPS, ids=name_of)
def test_hurts_only_its_own_result(kinds):
    with battle([f"{kind}*{EACH}" for kind in kinds], healthy=HEALTHY) as fought:
        fought.run()
        assert verdict.everything(fought) == []
    longest = max(device["longest"] for device in fought.devices)
    figures.tell(11, f"{name_of(kinds)} x {EACH} beside {HEALTHY} healthy devices: 0 wrong results, 0 healthy ones hurt, "
                     f"no connection longer than {longest:.2f} s with a timeout of 2 s")


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

    assert verdict.untold(fought) + verdict.unhealthy(fought) + verdict.untruthful(fought, truth) == []
    words = {fought.finished.results[mac].get("ota_status") for mac in evil}
    assert words == {"offline", "error", "check_failed"}
    figures.tell(11, f"an answer cut at every byte, {len(evil)} devices: 0 taken for an answer")
