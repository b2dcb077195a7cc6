"""What stands at the door of a proxy that wants NTLM; it computes by itself what the proof must be."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode

__all__ = ["CHALLENGE", "URL_USER", "NTLMGuard"]

# The example of MS-NLMP 4.2.4: user "User" of "Domain" with the password "Password"; what is made of them (NTOWFv2),
# and the server's challenge with its flags, but for a key exchange, which the reference does not know.
URL_USER = "Domain%5CUser:Password"
_KEY = bytes.fromhex("0c868a403bfd7a93a3001ef22ef02e3f")
_NONCE = bytes.fromhex("0123456789abcdef")
CHALLENGE = (
    b"NTLMSSP\0\2\0\0\0\x0c\0\x0c\0\x38\0\0\0\x33\x82\x8a\xa2" + _NONCE + bytes(8) + b"\x24\0\x24\0\x44\0\0\0"
    b"\x06\0\x70\x17\0\0\0\x0f" + "Server".encode("utf-16-le")
    + b"\2\0\x0c\0" + "Domain".encode("utf-16-le") + b"\1\0\x0c\0" + "Server".encode("utf-16-le") + bytes(4)
)  # fmt: skip


class NTLMGuard:
    """
    Watches one connection. Called with the head of a request, it gives the answer; nothing lets the client through.

    @ivar said: the messages that the client has shown.
    """

    def __init__(self, scheme: str = "Negotiate", page: bytes = b"\r\nContent-Length: 7\r\n\r\nWho are") -> None:
        """
        @param scheme: the only one that is known.
        @param page: what follows the status and the field with the challenge: more fields, and the page.
        """
        self.said: list[bytes] = []
        self._scheme = scheme
        self._page = page

    def __call__(self, head: bytes) -> bytes:
        scheme, _, shown = _field(head, b"proxy-authorization").partition(b" ")
        message = b64decode(shown)
        if scheme.decode() != self._scheme or not message.startswith(b"NTLMSSP\0"):
            return self._ask(b"")
        self.said.append(message)
        if message[8] == 1:
            return self._ask(b" " + b64encode(CHALLENGE))
        if self._right(message):
            return b""
        return self._ask(b"")

    def _ask(self, challenge: bytes) -> bytes:
        return b"HTTP/1.1 407 Who?\r\nProxy-Authenticate: %b%b%b" % (self._scheme.encode(), challenge, self._page)

    def _right(self, message: bytes) -> bool:
        """Whether this is the answer to the challenge, by the one whom we know."""
        response, domain, user = (_part(message, at) for at in (20, 28, 36))
        proof = hmac.digest(_KEY, _NONCE + response[16:], "md5")
        names = domain.decode("utf-16-le"), user.decode("utf-16-le")
        return names == ("Domain", "User") and len(response) > 24 and hmac.compare_digest(proof, response[:16])


def _part(message: bytes, at: int) -> bytes:
    """What a length and an offset at this place point to."""
    length, start = int.from_bytes(message[at : at + 2], "little"), int.from_bytes(message[at + 4 : at + 8], "little")
    return message[start : start + length]


def _field(head: bytes, name: bytes) -> bytes:
    for line in head.split(b"\r\n"):
        key, _, value = line.partition(b":")
        if key.lower() == name:
            return value.strip()
    return b""
