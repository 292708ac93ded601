"""Of promptly.py: what is late once in a while passes, what is always late or wrong does not."""

import pytest

from promptly import Late, check_within, repeated_when_late


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
