"""Two real runs at once: the second ends with 75 before it has sent a packet."""

import contextlib
import tempfile
from concurrent.futures import ThreadPoolExecutor

import figures
import straced
from fleet import Fleet, device
from harness import LONG, in_memory

ATTEMPTS = 100 if LONG else 10
DEVICES = 4


@contextlib.contextmanager
def slow_fleet():
    with tempfile.TemporaryDirectory(prefix="torture-", dir=in_memory()) as place:
        fleet = Fleet(place, [device("Neu", latency_ms={"*": 100}) for _ in range(DEVICES)], log=True)
        try:
            yield fleet
        finally:
            fleet.close()


def run_two(fleet, prefix=()):
    """Starts two runs at the same moment; returns them and the devices that were asked, request by request."""
    before = len(fleet.sim.log())
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda _: fleet.run(prefix=prefix), range(2)))
    requests = sorted(fleet.requests()[before:], key=lambda request: request["t"])
    return runs, [request["mac"] for request in requests]


def test_second_run_sends_nothing():
    with slow_fleet() as fleet:
        fleet.run()
        both_asked = sorted(2 * fleet.macs)
        met = 0
        for _ in range(ATTEMPTS):
            runs, asked = run_two(fleet)
            statuses = sorted(run.exit for run in runs)
            assert sorted(asked[:len(both_asked)]) == both_asked, "not just one run has asked the devices"
            if statuses == [0, 0]:  # on a busy machine the second may begin when the first is over
                assert sorted(asked[len(both_asked):]) == both_asked
                continue
            assert statuses == [0, 75] and len(asked) == len(both_asked), runs
            loser = next(run for run in runs if run.exit == 75)
            assert loser.out == "" and ".run.lock" in loser.err
            met += 1
        assert met > 0
    figures.tell(16, f"{met} pairs of runs at once: one of each has run")


@straced.needs_strace
def test_is_noticed_without_the_lock():
    with slow_fleet() as fleet:
        fleet.run()
        runs, asked = run_two(fleet, [straced.STRACE, "-f", "-o", "/dev/null", "-e", "inject=flock:retval=0"])
        # Both run, or they meet where each tries whether it could save.
        assert len(asked) > 2 * DEVICES or 75 not in [run.exit for run in runs]
