"""What a profile is made of: which functions run, and which objects there are. Each is for a thread of its own."""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections import Counter
from types import FrameType

from frp.web.profiles.format import Frame, Profile

__all__ = ["heap", "processor"]

#: Samples in a second.
RATE = 100

#: Frames of a stack that are told, the innermost ones.
DEPTH = 64


def processor(seconds: float) -> Profile:
    """
    Look so long what runs, in every thread but this one, a hundred times a second. A thread that waits for the kernel
    counts as one that runs C{poll}.
    """
    own = threading.get_ident()
    found: Counter[tuple[Frame, ...]] = Counter()
    began = time.monotonic()
    while time.monotonic() < began + seconds:
        for thread, frame in sys._current_frames().items():
            if thread != own:
                found[_stack(frame)] += 1
        time.sleep(1 / RATE)
    each = 1_000_000_000 // RATE
    return Profile(
        (("samples", "count"), ("cpu", "nanoseconds")),
        {stack: (count, count * each) for stack, count in found.items()},
        ("cpu", "nanoseconds", each),
        time.monotonic() - began,
    )


def _stack(frame: FrameType | None) -> tuple[Frame, ...]:
    found: list[Frame] = []
    while frame is not None and len(found) < DEPTH:
        code = frame.f_code
        found.append(Frame(code.co_qualname, code.co_filename, frame.f_lineno))
        frame = frame.f_back
    return tuple(found)


def heap() -> Profile:
    """
    Count the objects that the collector knows, by type. What was there when the program had started is frozen, and not
    among them; sizes are those of the objects alone, without what they refer to.
    """
    counts: Counter[type] = Counter()
    sizes: Counter[type] = Counter()
    for thing in gc.get_objects():
        kind = type(thing)
        counts[kind] += 1
        sizes[kind] += _size(thing)
    return Profile(
        (("inuse_objects", "count"), ("inuse_space", "bytes")),
        {(Frame(f"{kind.__module__}.{kind.__qualname__}"),): (counts[kind], sizes[kind]) for kind in counts},
    )


def _size(thing: object) -> int:
    try:
        return sys.getsizeof(thing)
    except Exception:  # a class of somebody else computes it
        return 0
