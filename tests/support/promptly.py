"""What should take no longer than promised, on a machine that may have much else to do."""

import functools

_TRIES = 5


class Late(AssertionError):
    """It took longer than promised; the text tells by how much."""


def check_within(limit, seconds):
    """For tests that are `repeated_when_late`."""
    if seconds >= limit:
        raise Late(f"{seconds:.2f} s, promised were {limit} s")


def repeated_when_late(test):
    """A program that keeps its promise keeps it in one of several tries, however busy the machine; one that does not is late
    in all of them. Only Late is tried again: whatever else is wrong fails at once."""
    @functools.wraps(test)
    def repeated(*args, **kwargs):
        for left in reversed(range(_TRIES)):
            try:
                return test(*args, **kwargs)
            except Late:
                if left == 0:
                    raise
    return repeated
