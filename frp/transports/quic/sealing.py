"""
Packet protection (RFC 9001, section 5) of packets with a short header, many at a time: one call of the cipher gives the
masks of all headers.

The keys are those that the handshake has left in aioquic's objects; they change there when either side updates them.
"""

from __future__ import annotations

from collections.abc import Sequence

from aioquic.quic.crypto import CryptoContext
from cryptography.exceptions import InvalidTag

from frp.transports.quic.interfaces import Datagram

__all__ = ["NUMBER", "TAG", "Packet", "Plain", "seal", "unseal"]

#: Bytes of a packet number as we write it, and of the tag of a packet.
NUMBER = 2
TAG = 16

#: Bytes that give a mask, and where they begin behind the place of the packet number.
_SAMPLE = 16
_SAMPLED = 4

#: The header as one number, its length, the payload, and the number of the packet.
Packet = tuple[int, int, bytes, int]

#: The number of a packet, and what it says; or None where it is not one that these keys open.
Plain = tuple[int, bytes] | None


def seal(context: CryptoContext, packets: Sequence[Packet]) -> list[bytes]:
    """@return: the datagrams, one for each packet."""
    aead = context.aead
    assert aead is not None, "there are keys"
    encrypt, iv = aead._aead.encrypt, aead._iv
    bodies = [
        encrypt((iv ^ number).to_bytes(12, "big"), payload, header.to_bytes(size, "big"))
        for header, size, payload, number in packets
    ]
    start = _SAMPLED - NUMBER
    masks = _masks(context, [body[start : start + _SAMPLE] for body in bodies])
    sealed = []
    at = 0
    for (header, size, _, _), body in zip(packets, bodies, strict=True):
        mask = (masks[at] & 0x1F) << (8 * size - 8) | masks[at + 1] << 8 | masks[at + 2]
        sealed.append((header ^ mask).to_bytes(size, "big") + body)
        at += _SAMPLE
    return sealed


def unseal(context: CryptoContext, nameSize: int, datagrams: Sequence[Datagram], expected: int) -> list[Plain]:
    """
    @param nameSize: the length of the connection id.
    @param datagrams: each of C{nameSize + 21} bytes at least.
    @param expected: the highest packet number until now, and one.
    @return: one entry for each datagram. Those with the keys of another phase are not opened.
    """
    aead = context.aead
    assert aead is not None, "there are keys"
    decrypt, iv, phase = aead._aead.decrypt, aead._iv, context.key_phase << 2
    place = 1 + nameSize
    masks = _masks(context, [each[place + _SAMPLED : place + _SAMPLED + _SAMPLE] for each in datagrams])
    opened: list[Plain] = []
    at = 0
    for datagram in datagrams:
        first = datagram[0] ^ (masks[at] & 0x1F)
        size = (first & 3) + 1
        end = place + size
        number = int.from_bytes(datagram[place:end], "big") ^ int.from_bytes(masks[at + 1 : at + 1 + size], "big")
        at += _SAMPLE
        if first & 4 != phase:
            opened.append(None)
            continue
        header = bytes((first,)) + datagram[1:place] + number.to_bytes(size, "big")
        number = _whole(number, size * 8, expected)
        try:
            plain = decrypt((iv ^ number).to_bytes(12, "big"), datagram[end:], header)
        except InvalidTag:
            opened.append(None)
            continue
        if number >= expected:
            expected = number + 1
        opened.append((number, plain) if not first & 0x18 else (number, b""))
    return opened


def _whole(part: int, bits: int, expected: int) -> int:
    """@return: the packet number that ends with these bits and is nearest to what is expected (RFC 9000, A.3)."""
    window = 1 << bits
    number = (expected & ~(window - 1)) | part
    half = window >> 1
    if number <= expected - half:
        return number + window
    if number > expected + half and number >= window:
        return number - window
    return number


def _masks(context: CryptoContext, samples: Sequence[Datagram]) -> bytes:
    """@return: a mask for each sample, at every sixteenth byte."""
    hp = context.hp
    assert hp is not None, "there are keys"
    if not hp._is_chacha20:
        return hp._encryptor.update(b"".join(samples))
    return b"".join([hp._mask(bytes(sample)) + bytes(_SAMPLE - 5) for sample in samples])
