"""Promise 11: an evil device costs no more than 64 KiB of memory, whatever it sends."""

import pytest

import figures
from battlefield import LONG
from evil_fleet import battle
from evil_kinds import BOMBS, FLOODS, SLOW

EACH = 1000 if LONG else 150
HEALTHY = 1000 if LONG else 100
BOUND_KIB = 64
NAIVE_EACH = 4  # 50 MB unpacked each
# What sends much, or waits with much.
KINDS = [*FLOODS, *BOMBS, *SLOW] if LONG else ["endless-body", "one-header", "gzip-transfer", "hoard"]
SILENT = "half-open"


def peak(kind):
    with battle([f"{kind}*{EACH}"], healthy=HEALTHY) as fought:
        run = fought.run()
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


def naive_peak(kind):
    with battle([f"{kind}*{NAIVE_EACH}"], healthy=5, evil_options=["--flood-limit", 1 << 20]) as fought:
        return fought.run_naive().peak


@pytest.mark.parametrize("kind", ["endless-body", "gzip-content"])
def test_is_noticed_in_what_one_would_first_write(kind):
    assert (naive_peak(kind) - naive_peak("harmless")) / NAIVE_EACH > BOUND_KIB
