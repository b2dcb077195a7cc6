"""
STUN (RFC 8489), the one question that a hole needs: which address do others see me under? Both halves, so that a
server for tests is a few lines. With it the two attributes of RFC 5780 (and RFC 3489 before it) that name the server's
other address, and ask it to answer from there.
"""

from __future__ import annotations

from ipaddress import ip_address
from struct import error as StructError
from struct import pack, unpack_from

from frp.errors import RemoteWireError
from frp.values import frozen

__all__ = [
    "CHANGE_ADDRESS",
    "CHANGE_PORT",
    "ID_SIZE",
    "Binding",
    "Question",
    "Refusal",
    "answers",
    "decodeAnswer",
    "decodeQuestion",
    "encodeAnswer",
    "encodeQuestion",
]

ID_SIZE = 12
"""Bytes of the number that a question and its answers have, drawn at random."""

#: What a question may ask for, added: to be answered from the server's other address, and from its other port.
CHANGE_ADDRESS = 4
CHANGE_PORT = 2

_HEADER = 20
_COOKIE = b"\x21\x12\xa4\x42"

_QUESTION = 0x0001
_SUCCESS = 0x0101
_ERROR = 0x0111

_MAPPED = 0x0001
_CHANGE_REQUEST = 0x0003
_CHANGED = 0x0005
_ERROR_CODE = 0x0009
_XOR_MAPPED = 0x0020
_OTHER = 0x802C

_FAMILIES = {1: 4, 2: 16}

#: Bytes and characters of the longest reason that the standard allows.
_REASON_BYTES, _REASON = 763, 127

Address = tuple[str, int]


@frozen
class Question:
    """
    A binding request.

    @ivar number: L{ID_SIZE} bytes.
    @ivar change: where the answer is wanted from: L{CHANGE_ADDRESS}, L{CHANGE_PORT}, their sum, or 0.
    """

    number: bytes
    change: int = 0


@frozen
class Binding:
    """
    What a server has seen. Hosts are IP addresses.

    @ivar mapped: where the question came from.
    @ivar other: where the same server can be asked once more, to see whether that is seen otherwise.
    """

    mapped: Address | None = None
    other: Address | None = None


@frozen
class Refusal:
    """An error response; the reason is what the server wrote, of any characters."""

    code: int
    reason: str


def encodeQuestion(question: Question) -> bytes:
    asked = _attribute(_CHANGE_REQUEST, pack("!I", question.change)) if question.change else b""
    return _message(_QUESTION, question.number, asked)


def decodeQuestion(datagram: bytes) -> Question:
    """@raise RemoteWireError: it is none."""
    if datagram[:2] != pack("!H", _QUESTION) or datagram[4:8] != _COOKIE:
        raise RemoteWireError("not a STUN binding request")
    change = _attributes(datagram).get(_CHANGE_REQUEST, bytes(4))
    if len(change) != 4:
        raise _malformed(f"CHANGE-REQUEST is {len(change)} bytes")
    return Question(datagram[8:_HEADER], change[3] & (CHANGE_ADDRESS | CHANGE_PORT))


def encodeAnswer(number: bytes, answer: Binding | Refusal) -> bytes:
    """Both in their newer form and the older one, so that every client finds what it knows."""
    if isinstance(answer, Refusal):
        said = pack("!HBB", 0, answer.code // 100, answer.code % 100) + answer.reason.encode()
        return _message(_ERROR, number, _attribute(_ERROR_CODE, said))
    parts = []
    if answer.mapped is not None:
        plain = _packed(answer.mapped)
        parts += [_attribute(_XOR_MAPPED, _masked(plain, number)), _attribute(_MAPPED, plain)]
    if answer.other is not None:
        parts += [_attribute(kind, _packed(answer.other)) for kind in (_OTHER, _CHANGED)]
    return _message(_SUCCESS, number, *parts)


def answers(datagram: bytes, number: bytes) -> bool:
    """Whether this claims to answer the question of that number; whatever does not is nobody's fault."""
    return datagram[:2] in (b"\x01\x01", b"\x01\x11") and datagram[4:_HEADER] == _COOKIE + number


def decodeAnswer(datagram: bytes) -> Binding | Refusal:
    """
    Of several attributes the reference takes the first, and of two that say the same the newer one, even if it is the
    older that makes sense.

    @param datagram: one that L{answers}.
    @raise RemoteWireError: it does not hold together.
    """
    found = _attributes(datagram)
    number = datagram[8:_HEADER]
    if datagram[:2] == pack("!H", _ERROR):
        return _refusal(found.get(_ERROR_CODE))
    mapped = None
    if _XOR_MAPPED in found:
        mapped = _unpacked(_masked(found[_XOR_MAPPED], number))
    elif _MAPPED in found:
        mapped = _unpacked(found[_MAPPED])
    other = found.get(_OTHER, found.get(_CHANGED))
    return Binding(mapped, None if other is None else _unpacked(other))


def _malformed(what: str) -> RemoteWireError:
    return RemoteWireError("malformed STUN message", f"malformed STUN message: {what}")


def _message(kind: int, number: bytes, *parts: bytes) -> bytes:
    return b"".join((pack("!HH", kind, sum(map(len, parts))), _COOKIE, number, *parts))


def _attribute(kind: int, value: bytes) -> bytes:
    return pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def _attributes(datagram: bytes) -> dict[int, bytes]:
    """@return: the first of each kind."""
    if len(datagram) < _HEADER:
        raise _malformed(f"{len(datagram)} bytes are less than a header")
    (length,) = unpack_from("!H", datagram, 2)
    if length % 4 or _HEADER + length != len(datagram):
        raise _malformed(f"{len(datagram)} bytes, where the header says {_HEADER + length}")
    found: dict[int, bytes] = {}
    place = _HEADER
    try:
        while place < len(datagram):
            kind, size = unpack_from("!HH", datagram, place)
            place += 4
            if place + size > len(datagram):
                raise _malformed(f"attribute 0x{kind:04x} is cut off")
            found.setdefault(kind, datagram[place : place + size])
            place += size + -size % 4
    except StructError:
        raise _malformed("the header of an attribute is cut off") from None
    return found


def _packed(address: Address) -> bytes:
    host = ip_address(address[0])
    return pack("!BBH", 0, 1 if host.version == 4 else 2, address[1]) + host.packed


def _unpacked(value: bytes) -> Address:
    size = _FAMILIES.get(value[1]) if len(value) >= 4 else 0
    if size is None:
        raise _malformed(f"address family 0x{value[1]:02x}")
    if not size or len(value) != 4 + size:
        raise _malformed(f"an address of {len(value)} bytes")
    return str(ip_address(value[4:])), int.from_bytes(value[2:4], "big")


def _masked(value: bytes, number: bytes) -> bytes:
    """XOR the port and the host with what every router leaves alone; twice gives the same again."""
    mask = bytes(2) + _COOKIE[:2] + _COOKIE + number
    return bytes(a ^ b for a, b in zip(value, mask, strict=False))


def _refusal(value: bytes | None) -> Refusal:
    if value is None or not 4 <= len(value) <= 4 + _REASON_BYTES:
        raise _malformed("no ERROR-CODE of its size in an error response")
    try:
        reason = value[4:].decode()
    except UnicodeDecodeError:
        raise _malformed("the reason of an error is not UTF-8") from None
    kind, rest = value[2] & 7, value[3]
    if len(reason) > _REASON or not 3 <= kind <= 6 or rest > 99:
        raise _malformed(f"error {kind}, {rest} with a reason of {len(reason)} characters")
    return Refusal(kind * 100 + rest, reason)
