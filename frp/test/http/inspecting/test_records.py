"""Tests of what is kept of a request."""

from __future__ import annotations

import tracemalloc
from weakref import WeakSet

from twisted.trial.unittest import SynchronousTestCase

from frp.http.inspecting.records import HIDDEN, KeptBody, Record, Redaction, Ring
from frp.wire.http.fields import Fields

__all__ = ["record"]


def record(number: int = 1, target: str = "/x", host: str = "a.com", *, secure: bool = False) -> Record:
    """One that has just come."""
    return Record(
        id=number,
        proxy="web",
        at=float(number),
        peer="192.0.2.1:1",
        secure=secure,
        method="GET",
        target=target,
        version="HTTP/1.1",
        fields=[("hOST", host)],
        body=KeptBody(4, ended=True),
        responseBody=KeptBody(4),
    )


class KeptBodyTests(SynchronousTestCase):
    """The beginning of a body."""

    def test_kept(self) -> None:
        """Pieces are joined up to the limit, and counted beyond it."""
        body = KeptBody(4)
        for piece in (b"ab", b"cde", b"f"):
            body.add(piece)
        self.assertEqual((bytes(body.kept), body.size), (b"abcd", 6))

    def test_whole(self) -> None:
        """It is whole once its end has come, and nothing was left out."""
        body = KeptBody(4)
        body.add(b"abcd")
        self.assertFalse(body.whole)
        body.ended = True
        self.assertTrue(body.whole)
        body.add(b"e")
        self.assertFalse(body.whole)

    def test_none(self) -> None:
        """A body that is not to be kept is counted; one that is not there is whole."""
        body = KeptBody(0, ended=True)
        self.assertTrue(body.whole)
        body.add(b"abc")
        self.assertEqual((bytes(body.kept), body.size, body.whole), (b"", 3, False))

    def test_endless(self) -> None:
        """A body that does not end takes the memory of its beginning."""
        body, piece = KeptBody(65536), bytes(16384)
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        for _ in range(2_000):
            body.add(piece)
        _, most = tracemalloc.get_traced_memory()
        self.assertEqual((body.size, len(body.kept)), (32_768_000, 65536))
        self.assertLess(most, 300_000)


class RedactionTests(SynchronousTestCase):
    """What is nobody's business."""

    def test_secrets(self) -> None:
        """Some headers always, others where they are named, in whatever case."""
        fields = Fields(
            [
                (b"AUTHORIZATION", b"Basic eA=="),
                (b"Cookie", b"a=b"),
                (b"Proxy-Authorization", b"x"),
                (b"Set-Cookie", b"c=d"),
                (b"X-Api-KEY", b"secret"),
                (b"X-Other", b"kept"),
            ]
        )
        shown = Redaction.of([" x-API-key "]).applied(fields)
        self.assertEqual([value for _, value in shown], [HIDDEN] * 5 + ["kept"])
        self.assertEqual([name for name, _ in shown][:2], ["AUTHORIZATION", "Cookie"])

    def test_bytes(self) -> None:
        """What is no UTF-8 is known again on the way back."""
        ((name, value),) = Redaction.of().applied(Fields([(b"A", b"\xff\xc3\xa4")]))
        self.assertEqual((name, value), ("A", "\udcff\u00e4"))
        self.assertEqual(value.encode("utf-8", "surrogateescape"), b"\xff\xc3\xa4")


class RecordTests(SynchronousTestCase):
    """One request."""

    def test_failed(self) -> None:
        """What came to nothing has failed, whatever status there was, and so has what was refused."""
        for status, outcome, failed in (
            (200, "whole", False),
            (200, "aborted", True),
            (0, "left", True),
            (404, "whole", True),
            (0, "", False),
            (101, "upgraded", False),
        ):
            one = record()
            one.status, one.outcome = status, outcome
            self.assertEqual(one.failed, failed, (status, outcome))

    def test_lasted(self) -> None:
        """One that is under way has lasted until now."""
        one = record(5)
        self.assertEqual((one.lasted(7), one.lasted(4)), (2, 0))
        one.took = 1.5
        self.assertEqual(one.lasted(7), 1.5)

    def test_address(self) -> None:
        """It is what a browser would show."""
        self.assertEqual(record().address, "http://a.com/x")
        self.assertEqual(record(secure=True).address, "https://a.com/x")
        self.assertEqual(record(target="http://b.com/y").address, "http://b.com/y")
        self.assertEqual(record(target="javascript:alert(1)").address, "http://a.comjavascript:alert(1)")

    def test_hostless(self) -> None:
        """HTTP/1.0 need not say whom it wants."""
        nobody = record()
        nobody.fields = []
        self.assertEqual((nobody.host, nobody.address), ("", "http:///x"))


class RingTests(SynchronousTestCase):
    """The last requests of one proxy."""

    def ids(self, ring: Ring) -> list[int]:
        return [one.id for one in ring.latest]

    def filled(self, size: int, *numbers: int) -> Ring:
        ring = Ring(size)
        for number in numbers:
            ring.add(record(number))
        return ring

    def test_room(self) -> None:
        """The oldest one makes room, and is not found any more."""
        ring = self.filled(3, 1, 2, 3, 4)
        self.assertEqual(self.ids(ring), [4, 3, 2])
        self.assertIsNone(ring.find(1))
        found = ring.find(2)
        assert found is not None
        self.assertEqual(found.id, 2)

    def test_resized(self) -> None:
        """A smaller one has the latest of them; a larger one has room for more."""
        ring = self.filled(3, 1, 2, 3)
        ring.resize(1)
        self.assertEqual(self.ids(ring), [3])
        ring.resize(2)
        ring.add(record(4))
        self.assertEqual(self.ids(ring), [4, 3])

    def test_remembered(self) -> None:
        """Those of a file are older than all that there are, and take no one's place."""
        ring = self.filled(3, 7, 8)
        ring.remember([record(1), record(2)])
        self.assertEqual(self.ids(ring), [8, 7, 2])

    def test_cleared(self) -> None:
        """Nothing is left, and new ones come."""
        ring = self.filled(3, 1, 2)
        ring.clear()
        ring.add(record(3))
        self.assertEqual(self.ids(ring), [3])

    def test_flat(self) -> None:
        """Of a hundred thousand requests nothing is left but the last hundred."""
        ring, alive = Ring(100), WeakSet[Record]()
        for number in range(100_000):
            one = record(number)
            alive.add(one)
            ring.add(one)
        del one
        self.assertEqual((len(alive), len(ring.latest), ring.latest[0].id), (100, 100, 99_999))
