"""Asking a server for a WebSocket: the request, what the answer must have, and what else may be there."""

from __future__ import annotations

from frp.errors import RemoteWireError
from frp.wire.handshake import Handshake
from frp.wire.http.head import ResponseHead
from frp.wire.http.reader import responseReader
from frp.wire.sniff import describe
from frp.wire.websocket.upgrade import acceptKey, newKey, requestFor

__all__ = ["UpgradeHandshake"]

_REWRITTEN = "something on the way has changed the answer: a proxy that does not know websockets"
_UNREACHED = "a reverse proxy that does not reach frps, or does not pass on websockets"
_LOGIN = "a proxy or a network that wants a login first"

#: What usually answers so.
_HINTS = {
    400: 'a web server that is not frps, or one that wants TLS (transport.protocol = "wss")',
    401: "a web server that wants a password, and not frps",
    403: "a web server or a reverse proxy that lets nobody through to /~!frp",
    404: "a web server without frps behind /~!frp: check serverAddr, serverPort, and what a reverse proxy passes on",
    405: "a web server that is not frps: check serverAddr and serverPort",
    407: _LOGIN,
    426: "a reverse proxy that speaks another version of HTTP, and does not pass on websockets",
    429: "a reverse proxy that has had too many requests",
    502: _UNREACHED,
    503: _UNREACHED,
    504: _UNREACHED,
    511: _LOGIN,
}


class UpgradeHandshake(Handshake):
    """One request for C{/~!frp}. Only status 101 is a yes; the checks and their texts are the reference's."""

    def __init__(self, host: str, key: bytes = b"") -> None:
        """
        @param host: as in L{requestFor}.
        @param key: a new one, unless it is given.
        @raise LocalWireError: the host cannot stand in a request.
        """
        super().__init__()
        self._key = key or newKey()
        self._request = requestFor(host, self._key)
        self._reader = responseReader()
        self._first = b""

    def begin(self) -> bytes:
        return self._request

    def _step(self) -> bytes | None:
        data = self._take(len(self._buffer))
        first = self._first
        if len(first) < 8:
            self._first = first = first + data[:8]
            if not b"HTTP/".startswith(first[:5]):
                raise _notHTTP(first)
        head = self._reader.receive(data)
        if head is None:
            return None
        self._buffer += self._reader.rest
        self._answered(head)
        return b""

    def _answered(self, head: ResponseHead) -> None:
        fields = head.fields
        if head.status != 101:
            self._refuse(f"bad status {head.status}", _hint(head))
        elif _lower(head, b"upgrade") != b"websocket" or _lower(head, b"connection") != b"upgrade":
            self._refuse("missing or bad upgrade", _REWRITTEN)
        elif fields.get(b"sec-websocket-accept") != acceptKey(self._key):
            self._refuse("mismatch challenge/response", "no websocket server has answered, but perhaps a cache")
        elif b"sec-websocket-extensions" in fields:
            self._refuse("unsupported extensions", _REWRITTEN)
        elif fields.get(b"sec-websocket-protocol"):
            self._refuse("missing or bad WebSocket-Protocol", _REWRITTEN)
        else:
            self.done = True


def _lower(head: ResponseHead, name: bytes) -> bytes:
    return (head.fields.get(name) or b"").lower()


def _hint(head: ResponseHead) -> str:
    status = head.status
    if 300 <= status < 400:
        there = (head.fields.get(b"location") or b"somewhere else")[:200].decode("latin-1")
        hint = f"it redirects to {there}: a web server that is not frps, or the login page of a network"
    elif status < 300:
        hint = "a web server that is not frps, or the login page of a network: it answers with a page"
    else:
        hint = _HINTS.get(status, "a web server that is not frps")
    server = head.fields.get(b"server")
    return f"{hint} (it calls itself {server[:60].decode('latin-1')!r})" if server else hint


def _notHTTP(first: bytes) -> RemoteWireError:
    what = describe(first)
    if first.startswith(b"\x15\x03"):
        what = 'this looks like TLS: set transport.protocol to "wss"'
    return RemoteWireError("malformed HTTP response", f"malformed HTTP response: {what}")
