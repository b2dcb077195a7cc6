"""Datagrams of strangers."""

from __future__ import annotations

from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from frp.wire.kcp.first import begins, conversationOf, unknown

#: Conversation 1, number 0, time 100, window 1024, "hi": as the first data shard.
FIRST = bytes.fromhex("00000000f1001c000100000051000004640000000000000000000000020000006869")
PLAIN = FIRST[8:]


def changed(at: int, value: int) -> bytes:
    """The first one, other in one byte."""
    return FIRST[:at] + bytes([value]) + FIRST[at + 1 :]


class FirstTests(TestCase):
    """Who may begin."""

    def test_first(self) -> None:
        """Both forms begin, and say whose they are."""
        for datagram in (FIRST, PLAIN):
            self.assertTrue(begins(datagram))
            self.assertEqual(conversationOf(datagram), 1)

    def test_overtaken(self) -> None:
        """One of the first flight that overtakes the others begins, too; a later one does not."""
        self.assertTrue(begins(changed(20, 31)))
        self.assertFalse(begins(changed(20, 32)))

    def test_not(self) -> None:
        """Nor does one that has heard of us, another command, a length that is too much, none, or a part."""
        for datagram in (changed(24, 1), changed(12, 82), changed(28, 3), changed(28, 0), changed(13, 1), FIRST[:33]):
            self.assertFalse(begins(datagram), datagram.hex())

    def test_parity(self) -> None:
        """Parity does not say whose it is."""
        self.assertIsNone(conversationOf(changed(4, 0xF2)))

    def test_unknown(self) -> None:
        """The answer has the conversation and the time of what it answers, and is no longer."""
        answer = unknown(changed(20, 99))
        self.assertEqual(answer, bytes.fromhex("010000005502000064000000" + "00" * 12))

    def test_unanswered(self) -> None:
        """An answer is not answered; nor is an acknowledgement."""
        for datagram in (PLAIN, FIRST):
            answer = unknown(datagram)
            assert answer is not None
            self.assertIsNone(unknown(answer))
        self.assertIsNone(unknown(changed(12, 82)))

    @given(st.binary(max_size=80), st.booleans())
    def test_junk(self, data: bytes, shard: bool) -> None:
        """Nothing that comes raises, and no answer is longer than its question."""
        datagram = data[:4] + b"\xf1\x00" + data[6:] if shard and len(data) > 6 else data
        if conversationOf(datagram) is not None:
            begins(datagram)
            self.assertLessEqual(len(unknown(datagram) or b""), len(datagram))
