"""What should take no longer than promised, on a machine that may have much else to do."""

import functools
import time

_TRIES = 5


class Late(AssertionError):
    """It took longer than promised; the text tells by how much."""


# How long a test waits, in seconds, for what should come at once: only what will never come takes longer.
PATIENCE = 120

# How many times longer than the first one each try takes for what has to happen at some time, that two meet in a file: on a
# busy machine they do so seldom.
LONGER = tuple(2 ** number for number in range(_TRIES))


def check_within(limit, seconds):
    """For tests that are `repeated_when_late`."""
    if seconds >= limit:
        raise Late(f"{seconds:.2f} s, promised were {limit} s")


def check_in_time(has_come, what):
    """The same for what comes about only if somebody is quick enough: a device that answers within a time limit, a test that
    looks while a run is under way, a simulator that notes each request when it arrives."""
    if not has_come:
        raise Late(what)


def settled(count, pause):
    """What `count()` comes to once it has stood still for `pause` seconds: what was on its way has arrived by then, and who
    goes on and on is counted to his end."""
    last, now = None, count()
    while now != last:
        time.sleep(pause)
        last, now = now, count()
    return now


def repeated_when_late(test):
    """A program that keeps its promise keeps it in one of several tries, however busy the machine; one that does not is late
    in all of them. Only Late is tried again: whatever else is wrong fails at once. Each try makes its fleet itself: in one
    that has served before, the requests of an earlier try would be taken for its own."""
    @functools.wraps(test)
    def repeated(*args, **kwargs):
        assert not any(hasattr(value, "sim") for value in (*args, *kwargs.values())), "each try is to have a fleet of its own"
        for left in reversed(range(_TRIES)):
            try:
                return test(*args, **kwargs)
            except Late:
                if left == 0:
                    raise
    return repeated
