"""Tests of bodies that are unpacked for people."""

from __future__ import annotations

import gzip
import zlib

from twisted.trial.unittest import SynchronousTestCase

from frp.http.inspecting.unpacking import MOST, packed, unpacked


class UnpackedTests(SynchronousTestCase):
    """What a developer sees of it."""

    def test_packings(self) -> None:
        """Those that zlib knows, by whatever name."""
        for packing, given in (
            ("gzip", gzip.compress(b"hello")),
            ("x-gzip", gzip.compress(b"hello")),
            (" GZip ", gzip.compress(b"hello")),
            ("deflate", zlib.compress(b"hello")),
        ):
            self.assertEqual(unpacked(given, [("Content-ENCODING", packing)]), (b"hello", True), packing)

    def test_back(self) -> None:
        """What was unpacked can be packed again in the same way; in one that is not known it stays as it is."""
        for packing in ("gzip", "X-GZIP", "deflate"):
            fields = [("Content-Encoding", packing)]
            self.assertNotEqual(packed(b"hello", fields), b"hello")
            self.assertEqual(unpacked(packed(b"hello", fields), fields), (b"hello", True), packing)
        self.assertEqual(packed(b"hello", [("Content-Encoding", "br")]), b"hello")

    def test_others(self) -> None:
        """What is not packed, packed in another way, twice, or not as it says stays as it is."""
        for fields in ([], [("Content-Encoding", "br")], [("Content-Encoding", "gzip")] * 2):
            self.assertEqual(unpacked(b"hello", fields), (b"hello", True), fields)
        self.assertEqual(unpacked(b"hello", [("Content-Encoding", "gzip")]), (b"hello", True))
        self.assertEqual(unpacked(b"", [("Content-Encoding", "gzip")]), (b"", True))

    def test_beginning(self) -> None:
        """Of what was kept in part there is a part."""
        given = gzip.compress(b"hello " * 1000, mtime=0)
        found, whole = unpacked(given[:-9], [("Content-Encoding", "gzip")])
        self.assertEqual((found[:12], whole), (b"hello hello ", False))

    def test_bomb(self) -> None:
        """A small body does not become one that fills the memory."""
        bomb = gzip.compress(bytes(MOST * 64), mtime=0)
        self.assertLess(len(bomb), MOST // 10)
        found, whole = unpacked(bomb, [("Content-Encoding", "gzip")])
        self.assertEqual((len(found), whole), (1048576, False))

    def test_exact(self) -> None:
        """What just fits is whole."""
        found, whole = unpacked(gzip.compress(bytes(MOST - 1)), [("Content-Encoding", "gzip")])
        self.assertEqual((len(found), whole), (1048575, True))

    def test_several(self) -> None:
        """Where one packed file follows another, the first is not taken for all."""
        both = gzip.compress(b"one") + gzip.compress(b"two")
        self.assertEqual(unpacked(both, [("Content-Encoding", "gzip")]), (b"one", False))
