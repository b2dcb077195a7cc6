"""What a TLS client says first."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import RemoteWireError
from frp.test.wire.hellos import clientHello, extension, record, serverNames
from frp.test.wire.recorded import recorded
from frp.test.wire.strategies import cut, pieces
from frp.wire.clienthello import MAX_HELLO, MAX_RECORDS, ClientHello, ClientHelloReader

NAMES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=300).filter(
    lambda name: not name.endswith(".")
)
PROTOCOLS = st.lists(st.binary(min_size=1, max_size=255), max_size=5)


def read(parts: list[bytes]) -> ClientHello | str | None:
    """The hello, or nothing while more must come, or what was wrong."""
    reader = ClientHelloReader()
    found = None
    for part in parts:
        try:
            found = reader.receive(part)
        except RemoteWireError as error:
            return error.detail
    return found


class RecordedTests(SynchronousTestCase):
    """What real clients have said."""

    def test_clients(self) -> None:
        """The name and the protocols of each are found, whole or byte by byte."""
        for vector in recorded("clienthello", "hellos"):
            data = bytes.fromhex(vector["bytes"])
            wanted = ClientHello(vector["serverName"], tuple(name.encode() for name in vector["protocols"]))
            for parts in ([data], [data[at : at + 1] for at in range(len(data))]):
                self.assertEqual(read(parts), wanted, vector["client"])


class PropertyTests(SynchronousTestCase):
    """What holds for every hello."""

    @given(NAMES, PROTOCOLS, st.integers(1, 16384), cut())
    def test_roundTrip(self, name: str, protocols: list[bytes], size: int, marks: list[int]) -> None:
        """A hello in any records and in any pieces is read as it was written, and every byte of it is kept."""
        data = record(clientHello(name.encode(), protocols), size)
        self.assertEqual(read(pieces(data, marks)), ClientHello(name.lower(), tuple(protocols)))
        reader = ClientHelloReader()
        reader.receive(data + b"more")
        self.assertEqual(bytes(reader.received), data + b"more")

    @given(NAMES, st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=4), st.integers(0, 400), cut())
    def test_changed(self, name: str, changes: list[tuple[int, int]], end: int, marks: list[int]) -> None:
        """One with any bytes changed, or cut off, is read, refused or waited for, in any pieces alike."""
        hello = bytearray(record(clientHello(name.encode(), [b"h2"])))
        for at, byte in changes:
            hello[at % len(hello)] = byte
        whole = bytes(hello[: len(hello) - end % len(hello)])
        self.assertEqual(read([whole]), read(pieces(whole, marks)))

    @given(st.binary(max_size=200), cut())
    @example(b"\x16\x03\x01\x00\x04\x01\x00\x00\x00", [])
    def test_junk(self, junk: bytes, marks: list[int]) -> None:
        """Any junk, also where a hello should be, is refused or waited for, in any pieces alike."""
        for whole in (junk, b"\x16\x03\x01" + junk, record(b"\x01" + len(junk).to_bytes(3) + junk)):
            self.assertEqual(read([whole]), read(pieces(whole, marks)))


class OddTests(SynchronousTestCase):
    """Hellos that are unusual, and right."""

    def name(self, message: bytes) -> str:
        """The server's name in it."""
        hello = read([record(message)])
        assert isinstance(hello, ClientHello), hello
        return hello.serverName

    def test_noName(self) -> None:
        """Nobody is named: without the extension, or without any."""
        self.assertEqual(self.name(clientHello()), "")
        body = b"\x03\x03" + bytes(32) + b"\0" + b"\0\x02\x13\x01" + b"\x01\0"
        self.assertEqual(self.name(b"\x01" + len(body).to_bytes(3) + body), "")

    def test_case(self) -> None:
        """Names have no case, and no dot at the end."""
        self.assertEqual(self.name(clientHello(b"WWW.Example.COM.")), "www.example.com")

    def test_address(self) -> None:
        """An address, even with a port, is a name like others: the reference's clients say such."""
        for name in (b"127.0.0.1", b"1.2.3.4:5678", b"::1"):
            self.assertEqual(self.name(clientHello(name)), name.decode())

    def test_unknownExtensions(self) -> None:
        """GREASE and an encrypted ClientHello are passed over; the outer name counts."""
        more = [extension(0x1A1A, b""), extension(0xFE0D, bytes(200)), extension(0x2A2A, b"\0")]
        self.assertEqual(self.name(clientHello(b"public.example.com", [b"h2"], *more)), "public.example.com")

    def test_otherKind(self) -> None:
        """A name of another kind than a host is passed over."""
        self.assertEqual(self.name(clientHello(None, (), serverNames(b"x", kind=7))), "")

    def test_long(self) -> None:
        """A hello of 64 KiB is read; it takes five records."""
        padding = MAX_HELLO - len(clientHello(b"a.org", (), extension(21, b""))) + 4
        message = clientHello(b"a.org", (), extension(21, bytes(padding)))
        self.assertEqual(len(message), MAX_HELLO + 4)
        self.assertEqual(self.name(message), "a.org")


class HostileTests(SynchronousTestCase):
    """Hellos that mean nothing, in words for the log."""

    def refused(self, data: bytes, words: str) -> None:
        """It is, and the log says why."""
        found = read([data])
        assert isinstance(found, str), found
        self.assertIn(words, found)

    def test_otherProtocols(self) -> None:
        """What is not TLS is told at its first bytes."""
        self.refused(b"GET / HTTP/1.1\r\n", "a TLS record of type 71")
        self.refused(b"\x15\x03\x01\x00\x02\x01\x00", "a TLS record of type 21")
        self.refused(b"\x16\x13\x01\x00\x02", "begins with 16 13 01 00 02")
        self.refused(b"\x16\x03\x01\x00\x00", "begins with 16 03 01 00 00")
        self.refused(b"\x16\x03\x01\x40\x01", "begins with 16 03 01 40 01")
        self.refused(record(b"\x02\x00\x00\x00"), "a handshake message of type 2")

    def test_tooLong(self) -> None:
        """One that says it is longer than 64 KiB is not waited for."""
        self.refused(record(b"\x01\x01\x00\x01"), "65537 bytes is too long")
        self.refused(record(b"\x01\xff\xff\xff"), "too long")

    def test_tinyRecords(self) -> None:
        """A hello in pieces of one byte is read while it is as short as most are, and none costs us much time."""
        self.assertEqual(read([record(clientHello(b"a.org"), 1)]), ClientHello("a.org"))
        whole = record(b"\x01\x01\x00\x00" + bytes(MAX_RECORDS), 1)
        self.assertIsNone(read([whole[: 6 * MAX_RECORDS]]))
        self.refused(whole[: 6 * (MAX_RECORDS + 1)], "too many records")
        self.assertEqual(read([whole]), read([whole[at : at + 100] for at in range(0, len(whole), 100)]))

    def test_names(self) -> None:
        """Two names, an empty one, or lengths that do not fit into each other."""
        self.refused(record(clientHello(None, (), serverNames(b"a.org", b"b.org"))), "more than one")
        self.refused(record(clientHello(b"")), "empty server name")
        self.refused(record(clientHello(None, (), serverNames())), "shorter")
        self.refused(record(clientHello(None, (), extension(0, b""))), "longer")
        self.refused(record(clientHello(None, (), extension(0, b"\x00\x09\x00\x00\x05a.org"))), "longer")
        self.refused(record(clientHello(None, (), extension(0, b"\x00\x08\x00\x00\x05a.org!"))), "shorter")
        self.refused(record(clientHello(b"a.org", (), serverNames(b"b.org"))), "the extension 0 twice")

    def test_protocols(self) -> None:
        """A protocol without a name."""
        self.refused(record(clientHello(b"a.org", [b"h2", b""])), "empty protocol name")

    def test_behind(self) -> None:
        """Bytes behind the extensions, within the hello."""
        message = clientHello(b"a.org") + b"!"
        message = message[:1] + (len(message) - 4).to_bytes(3) + message[4:]
        self.refused(record(message), "behind")
