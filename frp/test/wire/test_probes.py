"""The datagrams by which two clients find each other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import RemoteWireError
from frp.wire.messages import NatHoleSid
from frp.wire.probes import LONGEST_PROBE, Probes

_IV = bytes(range(16))


class ProbeTests(SynchronousTestCase):
    """Encoding and decoding."""

    def test_bytes(self) -> None:
        """The initial vector in clear, and behind it a frame of version 1, encrypted."""
        probe = Probes(b"token").encode(NatHoleSid(), _IV)
        # The cipher's first bytes for this key and vector are known from a Ping: 68 becomes 02, and {} stays.
        self.assertEqual(probe[:16], _IV)
        self.assertEqual(probe[16] ^ 0x02, 0x68 ^ NatHoleSid.v1Type[0])
        self.assertEqual(probe[17:27], bytes.fromhex("efc3c234edf441cfab45"))

    def test_there(self) -> None:
        """What one says the other reads, whoever has the secret."""
        said = NatHoleSid(transaction_id="t", sid="s", response=True, nonce="000", half_close=True)
        self.assertEqual(Probes(b"a").decode(Probes(b"a").encode(said)), said)
        self.assertRaises(RemoteWireError, Probes(b"b").decode, Probes(b"a").encode(said, _IV))

    def test_reference(self) -> None:
        """What the reference says never claims more than it can."""
        self.assertFalse(Probes(b"a").decode(Probes(b"a").encode(NatHoleSid(sid="s"))).half_close)

    @given(st.binary(max_size=LONGEST_PROBE + 100))
    def test_junk(self, datagram: bytes) -> None:
        """Anything else is refused."""
        self.assertRaises(RemoteWireError, Probes(b"a").decode, datagram)
