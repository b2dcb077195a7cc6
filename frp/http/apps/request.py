"""A request as applications of Python see it, and their responses as an exchange takes them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import unquote

from twisted.internet.address import IPv4Address, IPv6Address

from frp.http.exchange import IExchange
from frp.wire.http.error import HTTPWireError
from frp.wire.http.fields import TEXT, Fields, checkFields

__all__ = [
    "ASGI",
    "WSGI",
    "Event",
    "addressOf",
    "applicationFields",
    "checkStatus",
    "checkText",
    "scopeOf",
    "split",
    "wantsContinue",
]

Event = dict[str, Any]
"""What ASGI passes to and fro, and its scopes."""

ASGI = Callable[[Event, Callable[[], Awaitable[Event]], Callable[[Event], Awaitable[None]]], Awaitable[None]]
"""An ASGI 3 application."""

WSGI = Callable[[dict[str, object], Callable[..., Callable[[bytes], None]]], Iterable[bytes]]
"""A WSGI application, as PEP 3333 has it."""

_OF_THE_CONNECTION = frozenset(
    (b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade")
)


def split(target: bytes) -> tuple[bytes, bytes]:
    """@return: the path of a request's target, percent signs and all; and the query without its question mark."""
    if not target.startswith(b"/") and b"://" in target:
        target = b"/" + target.partition(b"://")[2].partition(b"/")[2]
    path, _, query = target.partition(b"?")
    return path, query


def addressOf(address: IPv4Address | IPv6Address) -> tuple[str, int]:
    """@return: host and port."""
    return address.host, address.port


def scopeOf(exchange: IExchange) -> Event:
    """@return: what ASGI's scopes of a request have in common."""
    head = exchange.head
    path, query = split(head.target)
    return {
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": head.version.decode("latin-1").partition("/")[2],
        "scheme": "https" if exchange.secure else "http",
        "path": unquote(path.decode("latin-1")),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in head.fields],
        "client": addressOf(exchange.peer),
        "server": addressOf(exchange.host),
    }


def wantsContinue(fields: Fields) -> bool:
    """Whether the user waits with the body until it is asked for."""
    return b"100-continue" in fields.members(b"expect")


def applicationFields(pairs: Iterable[tuple[bytes, bytes]]) -> Fields:
    """
    @param pairs: the header fields of a response.
    @return: those that are not about the connection, which is ours.
    @raise frp.wire.http.error.HTTPWireError: they cannot be sent.
    """
    fields = Fields((bytes(n), bytes(v)) for n, v in pairs if bytes(n).lower() not in _OF_THE_CONNECTION)
    checkFields(fields, 500)
    for name, value in fields:
        checkText(name.decode("latin-1"), value)
        if name.lower() == b"content-length" and not value.isdigit():
            raise HTTPWireError(500, "malformed response", f"the application's Content-Length is {value!r}")
    return fields


def checkStatus(code: object) -> int:
    """
    @return: the code, of a last answer.
    @raise frp.wire.http.error.HTTPWireError: it is none; users would wait for another, or for ever.
    """
    if not isinstance(code, int) or not 200 <= code < 1000:
        raise HTTPWireError(500, "malformed response", f"the application's status is {code!r}")
    return int(code)


def checkText(what: str, text: bytes) -> None:
    """@raise frp.wire.http.error.HTTPWireError: it has line ends or other control characters."""
    if text.translate(None, TEXT):
        raise HTTPWireError(500, "malformed response", f"the application's {what} has control characters: {text!r}")
