"""Datagrams in both versions of the framing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import LocalWireError, RemoteWireError
from frp.test.wire.strategies import cut, messages, pieces
from frp.wire.dialect import Packet
from frp.wire.dialect import User as Address
from frp.wire.messages import Message, Ping, UDPAddress, UDPPacket
from frp.wire.packets import V1_PACKETS, Framing, PacketReader, PacketWriter
from frp.wire.v2.packets import PACKETS

FRAMINGS = (V1_PACKETS, PACKETS)

_framings = st.sampled_from(FRAMINGS)

_ZONES = st.one_of(st.just(""), st.sampled_from(["%eth0", '%"<&>']))
_USERS = st.one_of(
    st.tuples(st.ip_addresses(v=4).map(str), st.integers(0, 65535)),
    st.tuples(st.builds(lambda ip, zone: f"{ip}{zone}", st.ip_addresses(v=6), _ZONES), st.integers(0, 65535)),
)
# Few users, so that most of them come again.
_PACKETS = st.lists(st.sampled_from(range(3)), max_size=8).flatmap(
    lambda picks: st.tuples(
        st.lists(_USERS, min_size=3, max_size=3), st.lists(st.binary(max_size=20), min_size=len(picks))
    ).map(lambda drawn: [(data, drawn[0][pick]) for pick, data in zip(picks, drawn[1], strict=False)])
)


def general(packet: Packet) -> UDPPacket:
    """The message that a packet is."""
    data, (host, port) = packet
    ip, _, zone = host.partition("%")
    return UDPPacket(c=data, r=UDPAddress(IP=ip, Port=port, Zone=zone))


def asPacket(message: Message) -> list[Packet]:
    """What a message carries, if anything."""
    if not isinstance(message, UDPPacket) or message.r is None or not message.r.IP:
        return []
    zone = f"%{message.r.Zone}" if message.r.Zone else ""
    return [(message.c, (message.r.IP + zone, message.r.Port))]


def read(framing: Framing, parts: list[bytes]) -> list[Packet | str]:
    """All packets, then the error that ended them, if one did."""
    reader, events = PacketReader(framing), list[Packet | str]()
    try:
        for part in parts:
            events += reader.receive(part)
    except RemoteWireError as error:
        events.append(error.brief)
    return events


def readGenerally(framing: Framing, data: bytes) -> str:
    """The error that the general reader has for these bytes, or nothing."""
    reader = framing.reader()
    reader.receive(data)
    try:
        while reader.nextMessage() is not None:
            pass
    except RemoteWireError as error:
        return error.brief
    return ""


class ExampleTests(SynchronousTestCase):
    """Bytes as the reference has them."""

    def test_known(self) -> None:
        """A datagram of five bytes becomes the frame that Go makes of it, and comes back."""
        body = b'{"c":"aGVsbG8=","r":{"IP":"127.0.0.1","Port":40000,"Zone":""}}'
        frame = b"u" + (62).to_bytes(8, "big") + body
        packet = (b"hello", ("127.0.0.1", 40000))
        self.assertEqual(PacketWriter().encode(*packet), frame)
        self.assertEqual(PacketReader().receive(frame * 2), [packet, packet])
        frame = bytes.fromhex("0010000000000040000d") + body
        self.assertEqual(PacketWriter(PACKETS).encode(*packet), frame)
        self.assertEqual(PacketReader(PACKETS).receive(frame * 2), [packet, packet])

    def test_empty(self) -> None:
        """An empty datagram is a datagram."""
        packet = (b"", ("10.0.0.1", 53))
        for framing in FRAMINGS:
            frame = PacketWriter(framing).encode(*packet)
            self.assertNotIn(b'"c"', frame)
            self.assertEqual(PacketReader(framing).receive(frame), [packet])

    def test_otherMessages(self) -> None:
        """A ping between datagrams is counted, and a datagram of nobody means nothing here."""
        packet = (b"a", ("10.0.0.1", 53))
        for framing in FRAMINGS:
            frame, encode = PacketWriter(framing).encode(*packet), framing.encode
            reader = PacketReader(framing)
            nobody = encode(UDPPacket(c=b"x"))
            self.assertEqual(reader.receive(frame + encode(Ping()) + nobody + frame), [packet, packet])
            self.assertEqual(reader.pings, 1)

    def test_otherSpellings(self) -> None:
        """JSON that is written otherwise means the same, also after the usual form was seen."""
        usual = PacketWriter().encode(b"hello", ("10.0.0.1", 53))
        for body in (
            b'{"r":{"Port":53,"IP":"10.0.0.1"},"c":"aGVsbG8="}',
            b'{ "C" : "aGVsbG8=", "r": {"IP":"10.0.0.1","Port":53,"Zone":""}}',
            b'{"c":"","c":"aGVsbG8=","r":{"IP":"10.0.0.1","Port":53,"Zone":""}}',
            b'{"c":"\\u0061GVsbG8=","r":{"IP":"10.0.0.1","Port":53,"Zone":""}}',
            b'{"c":"AAAA","r":{"IP":"10.0.0.1","Port":53,"Zone":""},"c":"aGVsbG8="}',
        ):
            frame = b"u" + len(body).to_bytes(8, "big") + body
            self.assertEqual(PacketReader().receive(usual + frame + frame), [(b"hello", ("10.0.0.1", 53))] * 3)
            frame = b"\0\x10\0\0" + (2 + len(body)).to_bytes(4, "big") + b"\0\x0d" + body
            self.assertEqual(PacketReader(PACKETS).receive(frame + frame), [(b"hello", ("10.0.0.1", 53))] * 2)

    def test_notBase64(self) -> None:
        """A payload that is no base64 is refused, also from a user who is known."""
        usual = PacketWriter().encode(b"hello", ("10.0.0.1", 53))
        reader = PacketReader()
        reader.receive(usual)
        self.assertRaises(RemoteWireError, reader.receive, usual.replace(b"aGVsbG8=", b"aGVsbG8?"))


class PropertyTests(SynchronousTestCase):
    """What holds for all datagrams and all bytes."""

    @given(_framings, _PACKETS)
    def test_sameAsMessages(self, framing: Framing, packets: list[Packet]) -> None:
        """Both ways to write a datagram give the same bytes."""
        writer = PacketWriter(framing)
        for packet in packets:
            self.assertEqual(writer.encode(*packet), framing.encode(general(packet)))

    @given(_framings, _PACKETS, cut())
    def test_anyCut(self, framing: Framing, packets: list[Packet], marks: list[int]) -> None:
        """However the network cuts the bytes, the same datagrams come out."""
        writer = PacketWriter(framing)
        data = b"".join(writer.encode(*packet) for packet in packets)
        self.assertEqual(read(framing, pieces(data, marks)), packets)

    @given(_framings, st.lists(messages(), max_size=4), cut())
    def test_anyMessages(self, framing: Framing, sent: list[Message], marks: list[int]) -> None:
        """Whatever messages a peer sends, what is read is what the general way reads."""
        wanted = [packet for message in sent for packet in asPacket(message)]
        self.assertEqual(read(framing, pieces(b"".join(map(framing.encode, sent)), marks)), wanted)

    @given(_framings, _PACKETS, st.binary(min_size=1, max_size=5), st.integers(0, 400), cut())
    def test_damage(self, framing: Framing, packets: list[Packet], junk: bytes, where: int, marks: list[int]) -> None:
        """Damaged bytes give datagrams or the peer's error, as in the general way, and the same for any cut."""
        whole = [general(packet) for packet in packets]
        data = bytearray(b"".join(map(framing.encode, [*whole, Ping()])))
        data[where % len(data) : where % len(data) + len(junk)] = junk
        events = read(framing, [bytes(data)])
        failed = readGenerally(framing, bytes(data))
        self.assertEqual([event for event in events if isinstance(event, str)], [failed] if failed else [])
        if not failed:
            self.assertEqual(read(framing, pieces(bytes(data), marks)), events)

    @given(_framings, st.binary(max_size=60), cut())
    def test_junk(self, framing: Framing, junk: bytes, marks: list[int]) -> None:
        """Any bytes at all give datagrams or the peer's error."""
        wanted = [error] if (error := readGenerally(framing, junk)) else []
        self.assertEqual(read(framing, [junk])[-1:], wanted)
        self.assertEqual(read(framing, pieces(junk, marks))[-1:], wanted)

    @given(st.integers(0, 5), cut())
    def test_shortFrames(self, size: int, marks: list[int]) -> None:
        """In version 2, messages too short for their number, and short ones of other types, are told apart."""
        data = b"\0\x10\0\0" + size.to_bytes(4, "big") + b"\0\x0b{}{"[:size]
        wanted = readGenerally(PACKETS, data)
        self.assertEqual(read(PACKETS, pieces(data, marks)), [wanted] if wanted else [])

    @given(st.sampled_from([(V1_PACKETS, 7550), (PACKETS, 49050)]), st.integers(-150, 150))
    def test_refusesToWriteWhatNobodyReads(self, known: tuple[Framing, int], more: int) -> None:
        """A datagram can be written if, and only if, the other side will take it."""
        framing, size = known[0], known[1] + more
        user: Address = ("10.0.0.1", 53)
        try:
            frame = PacketWriter(framing).encode(bytes(size), user)
        except LocalWireError as error:
            self.assertIn("udpPacketSize", error.detail)
            around = len(b'{"c":"","r":{"IP":"10.0.0.1","Port":53,"Zone":""}}')
            self.assertGreater(around + (size + 2) // 3 * 4, framing.limit)
        else:
            self.assertEqual(PacketReader(framing).receive(frame), [(bytes(size), user)])

    def test_manyUsers(self) -> None:
        """Users without end are not remembered without end."""
        writer, reader = PacketWriter(), PacketReader()
        for number in range(10000):
            user = (f"10.0.{number >> 8}.{number & 255}", number)
            self.assertEqual(reader.receive(writer.encode(b"a", user)), [(b"a", user)])
        self.assertLess(len(writer._behind) + len(reader._users), 9000)
