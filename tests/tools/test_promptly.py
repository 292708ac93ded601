"""Of promptly.py: what is late once in a while passes, what is always late or wrong does not."""

import pytest

from promptly import Late, check_in_time, check_within, repeated_when_late, settled


def tried(seconds):
    """How often a test was tried that took so many seconds, time after time; and whether it passed."""
    times = iter(seconds)
    count = 0

    @repeated_when_late
    def test():
        nonlocal count
        count += 1
        check_within(1, next(times))
    try:
        test()
    except Late:
        return count, False
    return count, True


def test_late_now_and_then():
    assert tried([0.5]) == (1, True)
    assert tried([2, 3, 0.9]) == (3, True)
    assert tried([1, 1, 1, 1, 1, 0.5]) == (5, False)


def test_what_comes_only_in_time():
    tries = []

    @repeated_when_late
    def test(comes_at):
        tries.append(1)
        check_in_time(len(tries) >= comes_at, "it has not come")
    test(3)
    assert len(tries) == 3
    tries.clear()
    with pytest.raises(Late, match="it has not come"):
        test(6)
    assert len(tries) == 5


def test_what_is_counted_until_it_stands_still():
    counts = iter([1, 2, 4, 4, 5])
    assert settled(lambda: next(counts), 0) == 4
    assert next(counts) == 5


def test_a_fleet_that_has_served_before_is_refused():
    class Fleet:
        sim = "a simulator, with the requests of an earlier try"

    @repeated_when_late
    def test(fleet):
        raise Late(fleet)
    with pytest.raises(AssertionError, match="a fleet of its own"):
        test(Fleet())
    with pytest.raises(AssertionError, match="a fleet of its own"):
        test(fleet=Fleet())


def test_whatever_else_is_wrong_fails_at_once():
    count = 0

    @repeated_when_late
    def test():
        nonlocal count
        count += 1
        assert count > 1
    with pytest.raises(AssertionError):
        test()
    assert count == 1
