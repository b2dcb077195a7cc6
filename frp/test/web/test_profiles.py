"""Tests of profiles."""

from __future__ import annotations

import gzip
import shutil
import subprocess
import threading
from pathlib import Path

from twisted.trial.unittest import SkipTest, SynchronousTestCase, TestCase

from frp.web.profiles.format import Frame, Profile
from frp.web.profiles.sampling import heap, processor

FOUND = Profile(
    (("samples", "count"), ("cpu", "nanoseconds")),
    {
        (Frame("inner", "a.py", 3), Frame("outer", "a.py", 7)): (2, 20_000_000),
        (Frame("other", "b.py", 300),): (1, 10_000_000),
    },
    ("cpu", "nanoseconds", 10_000_000),
    0.5,
)


class FormatTests(SynchronousTestCase):
    """What pprof reads."""

    def test_bytes(self) -> None:
        """A small profile, byte by byte, but for the time of day."""
        found = gzip.decompress(Profile((("n", "count"),), {(Frame("f", "g.py", 300),): (5,)}).encode())
        head, _, tail = found.partition(b"\x48")
        self.assertEqual(
            head,
            b"\x0a\x04\x08\x01\x10\x02"  # the value: texts 1 and 2
            b"\x12\x06\x0a\x01\x01\x12\x01\x05"  # the sample: place 1, 5 times
            b"\x22\x09\x08\x01\x22\x05\x08\x01\x10\xac\x02"  # the place: function 1, line 300
            b"\x2a\x08\x08\x01\x10\x03\x18\x03\x20\x04",  # the function: texts 3, 3 and 4
        )
        self.assertTrue(tail.endswith(b"\x32\x00\x32\x01n\x32\x05count\x32\x01f\x32\x04g.py"), tail)

    def test_pprof(self) -> None:
        """Go's tool shows the functions."""
        if shutil.which("go") is None:
            raise SkipTest("there is no Go here")
        path = Path(self.mktemp())
        path.write_bytes(FOUND.encode())
        command = ["go", "tool", "pprof", "-top", "-sample_index=samples", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        self.assertIn("Duration: 500ms, Total samples = 3", done.stdout, done.stderr)
        self.assertRegex(done.stdout, r"2 66\.67% 66\.67% +2 66\.67%  inner")
        self.assertRegex(done.stdout, r"0     0%   100% +2 66\.67%  outer")


class SamplingTests(TestCase):
    """What profiles are made of."""

    def test_processor(self) -> None:
        """A thread that computes is seen, with the functions that led there."""
        over = threading.Event()

        def computing() -> None:
            while not over.is_set():
                sum(range(1000))

        thread = threading.Thread(target=computing)
        thread.start()
        try:
            found = processor(0.1)
        finally:
            over.set()
            thread.join()
        names = {frame.name.rpartition(".")[2] for stack in found.samples for frame in stack}
        self.assertIn("computing", names)
        self.assertGreaterEqual(found.duration, 0.1)

    def test_heap(self) -> None:
        """Objects are counted by their types."""

        class Kept:
            pass

        kept = [Kept() for _ in range(7)]
        found = {stack[0].name: numbers for stack, numbers in heap().samples.items()}
        name = next(one for one in found if one.endswith("test_heap.<locals>.Kept"))
        self.assertEqual(found[name][0], len(kept))
        self.assertGreater(found[name][1], 7 * 16)
