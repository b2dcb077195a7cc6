"""SSH's packets."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.conch.ssh.transport import SSHCiphers
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import RemoteWireError
from frp.ssh.packets import Incoming, sealed

LONGEST = 100_000

CIPHERS = [(b"none", b"none"), (b"aes128-ctr", b"hmac-sha2-256"), (b"aes256-ctr", b"hmac-sha2-512")]


def ciphers(cipher: bytes, code: bytes) -> SSHCiphers:
    """@return: those of one end; with the same keys for both directions, the other end has them, too."""
    made = SSHCiphers(cipher, cipher, code, code)
    keys = bytes(range(64))
    made.setKeys(keys, keys, keys, keys, keys, keys)
    return made


class PacketTests(SynchronousTestCase):
    """From one end to the other."""

    @settings(deadline=None, max_examples=60)
    @given(
        st.sampled_from(CIPHERS),
        st.lists(st.tuples(st.binary(min_size=1, max_size=40), st.binary(max_size=300)), max_size=5),
        st.lists(st.integers(1, 200), min_size=1, max_size=20),
    )
    def test_cuts(self, which: tuple[bytes, bytes], messages: list[tuple[bytes, bytes]], cuts: list[int]) -> None:
        """Whatever is sealed comes out, in its order and however it is cut."""
        ours, theirs = ciphers(*which), ciphers(*which)
        wire = b"".join(b"".join(sealed(ours, n, *message)) for n, message in enumerate(messages))
        incoming, found = Incoming(), list[bytes]()
        at = turn = 0
        while at < len(wire):
            size = cuts[turn % len(cuts)]
            incoming.receive(wire[at : at + size])
            at, turn = at + size, turn + 1
            while (packet := incoming.next(theirs, len(found), LONGEST)) is not None:
                found.append(packet[0] + packet[1])
        self.assertEqual(found, [head + body for head, body in messages])

    @settings(deadline=None)
    @given(st.data())
    def test_changed(self, data: st.DataObject) -> None:
        """Whatever is changed on the way is noticed, or waited for, up to the longest packet."""
        wire = bytearray(b"".join(sealed(ciphers(*CIPHERS[1]), 0, b"hello", b"world")))
        wire[data.draw(st.integers(0, len(wire) - 1))] ^= data.draw(st.integers(1, 255))
        incoming = Incoming()
        incoming.receive(bytes(wire))
        try:
            self.assertIsNone(incoming.next(ciphers(*CIPHERS[1]), 0, LONGEST))
        except RemoteWireError as error:
            self.assertIn(error.brief, ("ssh packet", "ssh mac"))

    def test_replayed(self) -> None:
        """A packet has its place: another number makes another code."""
        wire = b"".join(sealed(ciphers(*CIPHERS[1]), 1, b"hello", b"world"))
        incoming = Incoming()
        incoming.receive(wire)
        self.assertRaises(RemoteWireError, incoming.next, ciphers(*CIPHERS[1]), 0, LONGEST)

    def test_begins(self) -> None:
        """A message that is as long as data's is handed on with nine bytes in its first part."""
        for which in CIPHERS[1:]:
            for size in range(1, 40):
                incoming = Incoming()
                incoming.receive(b"".join(sealed(ciphers(*which), 0, bytes(9), bytes(size))))
                packet = incoming.next(ciphers(*which), 0, LONGEST)
                assert packet is not None
                self.assertGreaterEqual(len(packet[0]), 9)

    def test_absurd(self) -> None:
        """Lengths and paddings that cannot be."""
        for head in "ffffffff04", "0000000004", "0000000d04", "0000000c0c", "0000000c03":
            incoming = Incoming()
            incoming.receive(bytes.fromhex(head) + bytes(20))
            self.assertRaises(RemoteWireError, incoming.next, ciphers(*CIPHERS[0]), 0, LONGEST)
