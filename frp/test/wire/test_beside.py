"""What datagrams beside a stream hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.wire.beside import BodyReader, BodyWriter
from frp.wire.dialect import Packet

PACKETS: list[tuple[Packet, bytes]] = [
    ((b"hello", ("192.0.2.1", 53)), bytes.fromhex("04 0035 c0000201") + b"hello"),
    ((b"", ("192.0.2.1", 65535)), bytes.fromhex("04 ffff c0000201")),
    ((b"x", ("2001:db8::1", 1)), bytes.fromhex("06 0001 20010db8000000000000000000000001") + b"x"),
]


class BodyTests(SynchronousTestCase):
    """Both ways."""

    def test_bytes(self) -> None:
        """As the documentation says."""
        writer = BodyWriter()
        for (data, user), body in PACKETS * 2:
            self.assertEqual(writer.encode(data, user), body)
        self.assertEqual(BodyReader().read(body for _, body in PACKETS), [packet for packet, _ in PACKETS])

    def test_untold(self) -> None:
        """Users with a zone, and what is no user, cannot be told so."""
        writer = BodyWriter()
        for user in (("fe80::1%eth0", 53), ("example.com", 53), ("", 53), ("192.0.2.1", -1), ("192.0.2.1", 65536)):
            for _ in range(2):
                self.assertIsNone(writer.encode(b"hello", user))

    def test_strange(self) -> None:
        """What holds no packet is left out, and harms no other."""
        body = PACKETS[0][1]
        strange = [b"", b"\x04", body[:6], b"\x05" + body[1:], b"\x06" + body[1:7], bytes(100)]
        self.assertEqual(BodyReader().read([*strange, body]), [PACKETS[0][0]])

    def test_many(self) -> None:
        """However many users there are, each has its own."""
        reader, writer = BodyReader(), BodyWriter()
        for number in range(10_000):
            packet = (b"x", (f"10.0.{number >> 8}.{number & 255}", number))
            body = writer.encode(*packet)
            assert body is not None
            self.assertEqual(reader.read([body]), [packet])
        self.assertLessEqual(len(reader._users), 4096)
        self.assertLessEqual(len(writer._heads), 4096)

    @given(st.binary(max_size=100), st.ip_addresses(), st.integers(0, 0xFFFF))
    def test_back(self, data: bytes, host: object, port: int) -> None:
        """What is written is read."""
        packet = (data, (str(host), port))
        body = BodyWriter().encode(*packet)
        assert body is not None
        self.assertEqual(BodyReader().read([body]), [packet])

    @given(st.lists(st.binary(max_size=30)))
    def test_junk(self, bodies: list[bytes]) -> None:
        """Nothing breaks the reader."""
        self.assertLessEqual(len(BodyReader().read(bodies)), len(bodies))
