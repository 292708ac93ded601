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
        fleet = Fleet(place, [device("Neu", latency_ms={"*": 20}) for _ in range(DEVICES)], log=True)
        try:
            yield fleet
        finally:
            fleet.close()


def run_two(fleet, prefix=()):
    """Starts two runs at the same moment; returns them and how many requests each device got."""
    before = len(fleet.sim.log())
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda _: fleet.run(prefix=prefix), range(2)))
    return runs, (len(fleet.requests()) - before) / DEVICES


def test_second_run_sends_nothing():
    with slow_fleet() as fleet:
        fleet.run()
        for _ in range(ATTEMPTS):
            runs, requests = run_two(fleet)
            assert sorted(run.exit for run in runs) == [0, 75], runs
            loser = next(run for run in runs if run.exit == 75)
            assert loser.out == "" and ".run.lock" in loser.err
            assert requests == 2, "not just one run has asked the devices"
    figures.tell(16, f"{ATTEMPTS} pairs of runs started at once: one of each has run")


@straced.needs_strace
def test_is_noticed_without_the_lock():
    with slow_fleet() as fleet:
        fleet.run()
        runs, requests = run_two(fleet, [straced.STRACE, "-f", "-o", "/dev/null", "-e", "inject=flock:retval=0"])
        assert requests > 2 and 75 not in [run.exit for run in runs]
