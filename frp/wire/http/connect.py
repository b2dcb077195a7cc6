"""Asking an HTTP proxy for a stream: the C{CONNECT} request, and the head of the answer."""

from __future__ import annotations

import re
from base64 import b64encode

from frp.errors import LocalWireError, RemoteWireError
from frp.wire.address import authority
from frp.wire.handshake import Handshake

__all__ = ["LIMIT", "HTTPConnect", "proof"]

LIMIT = 65536
"""Bytes of all heads that are read before the answer is known."""

_BEGINNING = re.compile(rb"HTTP/1\.[0-9]")
_STATUS = re.compile(rb"HTTP/1\.[0-9] +([1-9][0-9]{2})(?: [^\r\n]*)?\r?\n")
_END = re.compile(rb"\r?\n\r?\n")
_HOST = re.compile(r"[!-~]+")

_HINTS = {
    403: "the proxy does not let connections out to this host and port: many allow port 443 only",
    405: "this is an HTTP server that is not a proxy, or a proxy that does not speak CONNECT",
    502: "the proxy does not reach frps",
    503: "the proxy does not reach frps",
    504: "the proxy does not reach frps",
}


class HTTPConnect(Handshake):
    """
    One C{CONNECT}. Interim answers (1xx) are passed over; as in the reference only status 200 is a yes.

    @cvar refused: how the reference begins what it says about any other status.
    """

    refused = "DialTcpByHttpProxy error"

    def __init__(self, host: str, port: int, credentials: tuple[bytes, bytes] | None = None) -> None:
        """
        @param credentials: user and password, sent unasked.
        @raise LocalWireError: the host cannot stand in a request.
        """
        super().__init__()
        if not _HOST.fullmatch(host):
            raise LocalWireError("the host cannot stand in an HTTP request", f"CONNECT takes no host like {host!r}")
        self._target = authority(host, port)
        self._proof = () if credentials is None else (proof("Basic", b":".join(credentials)),)
        self._searched = 0
        self._left = LIMIT

    def begin(self) -> bytes:
        return self._request(*self._proof)

    def _request(self, *fields: str) -> bytes:
        # The reference's, byte for byte: some proxies let only a Mozilla through.
        lines = (f"CONNECT {self._target} HTTP/1.1", f"Host: {self._target}", "User-Agent: Mozilla/5.0")
        return "\r\n".join([*lines, *fields, "", ""]).encode("ascii")

    def _step(self) -> bytes | None:
        buffer = self._buffer
        if len(buffer) < 8:
            return None
        if not _BEGINNING.match(buffer):
            raise _notHTTP(bytes(buffer[:8]))
        end = _END.search(buffer, max(0, self._searched - 3))
        self._searched = len(buffer)
        if (end.end() if end else len(buffer)) > self._left:
            raise RemoteWireError(
                "the answer of the HTTP proxy is too long",
                f"the head of the HTTP proxy's answer has no end within {LIMIT} bytes",
            )
        if end is None:
            return None
        self._left -= end.end()
        self._searched = 0
        head = self._take(end.end())
        found = _STATUS.match(head)
        if found is None:
            line = head.partition(b"\n")[0][:60]
            raise RemoteWireError("malformed HTTP response", f"malformed HTTP response: {line!r}")
        return self._answered(int(found[1]), head)

    def _answered(self, status: int, head: bytes) -> bytes:
        if status == 200:
            self.done = True
        elif status == 407:
            return self._unproven(head)
        elif status >= 200 or status == 101:
            return self._deny(status, _HINTS.get(status, ""))
        return b""

    def _unproven(self, head: bytes) -> bytes:
        """The proxy wants to know who we are. @return: what it is told, or nothing where that is a refusal."""
        if self._proof:
            hint = "the proxy refuses the user or the password, or wants another kind of proof than Basic"
        else:
            hint = "the proxy wants a user and a password: http://USER:PASSWORD@HOST:PORT"
        return self._deny(407, hint)

    def _deny(self, status: int, hint: str) -> bytes:
        return self._refuse(f"{self.refused}, StatusCode [{status}]", hint, unwelcome=status == 407)


def proof(scheme: str, data: bytes) -> str:
    """@return: the field that says who we are."""
    return f"Proxy-Authorization: {scheme} {b64encode(data).decode('ascii')}"


def _notHTTP(first: bytes) -> RemoteWireError:
    if first.startswith(b"\x15\x03"):
        what = "this looks like TLS: write https:// in place of http://"
    elif first.startswith(b"\x05"):
        what = "this looks like SOCKS5: write socks5:// in place of http://"
    else:
        what = f"this is not an HTTP proxy; it begins with {first!r}"
    return RemoteWireError("malformed HTTP response", f"malformed HTTP response: {what}")
