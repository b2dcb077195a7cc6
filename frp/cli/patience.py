"""Something that may not take long: somebody has pressed a key, and waits."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["within"]


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """
    For the main thread of a program without a reactor.

    @raise TimeoutError: from whatever is being done when the time is over; also where that waits for a file.
    """
    before = signal.signal(signal.SIGALRM, _late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _late(_number: int, _frame: FrameType | None) -> None:
    raise TimeoutError
