"""Tests of counting the application's bytes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

from twisted.trial.unittest import SynchronousTestCase

from frp.interfaces import IStream
from frp.joining.tally import PassingTally, StreamTally, tallyOf


class TallyTests(SynchronousTestCase):
    """What a splice has carried."""

    def test_streamCounts(self) -> None:
        """A stream that counts is asked, from where it was; nothing stands on the way of the bytes."""
        counted = [(10, 20)]
        stream = SimpleNamespace(counts=lambda: counted[-1])
        tally = tallyOf(cast(IStream, stream), transformed=False)
        self.assertIsInstance(tally, StreamTally)
        self.assertIs(tally.sending(print), print)
        self.assertIs(tally.receiving(print), print)
        counted.append((11, 22))
        self.assertEqual(tally.counts(), (1, 2))

    def test_passing(self) -> None:
        """Bytes that are transformed, or a stream that does not count, are counted as they pass."""
        for stream, transformed in (
            (SimpleNamespace(counts=lambda: (0, 0)), True),
            (SimpleNamespace(counts=lambda: None), False),
        ):
            tally = tallyOf(cast(IStream, stream), transformed=transformed)
            self.assertIsInstance(tally, PassingTally)
            passed: list[bytes] = []
            tally.sending(passed.append)(b"a")
            tally.receiving(passed.append)(b"bc")
            self.assertEqual((passed, tally.counts()), ([b"a", b"bc"], (1, 2)))
