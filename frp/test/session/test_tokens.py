"""Tokens come back with time."""

from __future__ import annotations

from frp.session.tokens import TokenBucket


def test_aFullBucketGivesAllThatItHolds() -> None:
    """As much as it holds may come at once; one more has to wait until a token is back."""
    bucket = TokenBucket(10, 2)
    assert bucket.take(10, 0.0) == 0.0
    assert bucket.take(1, 0.0) == 0.5


def test_timePaysADebt() -> None:
    """Whoever took too much waits for as long as it takes for that much to come back."""
    bucket = TokenBucket(4, 2)
    assert bucket.take(10, 5.0) == 3.0
    assert bucket.left(7.0) == -2
    assert bucket.left(8.0) == 0


def test_aBucketHoldsNoMoreThanItsMost() -> None:
    """A long silence does not save up more than a full bucket."""
    bucket = TokenBucket(4, 2)
    bucket.take(4, 0.0)
    assert bucket.left(1000.0) == 4


def test_aClockThatIsSetBackGivesAndTakesNothing() -> None:
    """When the clock of the machine goes back, time counts from the new one."""
    bucket = TokenBucket(4, 2)
    bucket.take(4, 1000.0)
    assert bucket.left(10.0) == 0
    assert bucket.left(11.0) == 2
