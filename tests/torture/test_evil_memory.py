"""Promise 11: an evil device costs no more than 64 KiB of memory, whatever it sends."""

import pytest

import figures
from evil_fleet import LONG, battle
from evil_kinds import BOMBS, FLOODS, SLOW

EACH = 1000 if LONG else 150
HEALTHY = 1000 if LONG else 100
BOUND_KIB = 64
# What sends much, or waits with much.
KINDS = [*FLOODS, *BOMBS, *SLOW] if LONG else ["endless-body", "one-header", "gzip-transfer", "hoard"]
SILENT = "half-open"


def peak(kind, naive=False):
    with battle([f"{kind}*{EACH}"], healthy=HEALTHY, evil_options=["--flood-limit", 1 << 20] if naive else ()) as fought:
        run = fought.run_naive() if naive else fought.run()
        assert len(run.results) == HEALTHY + EACH
        return run.peak


@pytest.fixture(name="of_silent", scope="module")
def fixture_of_silent():
    """The peak with silent devices in place of evil ones: they cost what any device in flight costs."""
    return peak(SILENT)


@pytest.mark.parametrize("kind", KINDS)
def test_is_bounded(of_silent, kind):
    cost = (peak(kind) - of_silent) / EACH
    figures.tell(11, f"{EACH} x {kind}: {max(cost, 0):.0f} KiB each beyond a silent device")
    assert cost < BOUND_KIB


@pytest.mark.parametrize("kind", ["endless-body", "gzip-content"])
def test_is_noticed_in_what_one_would_first_write(kind):
    assert (peak(kind, naive=True) - peak("harmless", naive=True)) / EACH > BOUND_KIB
