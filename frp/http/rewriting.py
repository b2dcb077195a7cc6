"""What a reverse proxy changes about a request and a response on their way."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

import attrs

from frp.errors import Refused
from frp.http.exchange import IExchange
from frp.http.query import cleanTarget
from frp.values import define
from frp.wire.http.connection import removeHopByHop, upgrade
from frp.wire.http.error import HTTPWireError
from frp.wire.http.fields import Fields, checkFields, encodeFields
from frp.wire.http.head import RequestHead, ResponseHead
from frp.wire.http.target import Target

__all__ = ["Forwarded", "Rewritten", "Rules", "configuredFields", "connecting"]

#: Fields that frame the message or name the host: they have their own rules, and cannot be set.
_FIXED = (b"host", b"content-length", b"transfer-encoding", b"trailer")

_BODY_EXPECTED = frozenset((b"POST", b"PUT", b"PATCH"))


class Forwarded(Enum):
    """What becomes of C{X-Forwarded-For}, C{X-Forwarded-Host} and C{X-Forwarded-Proto}; C{Forwarded} is dropped."""

    #: The user's address is added to what the user says, the other two are ours.
    ADDED = "added"
    #: They pass as the user says.
    PASSED = "passed"
    #: They are dropped, and none are made.
    DROPPED = "dropped"


def configuredFields(values: Mapping[str, str], where: str) -> Fields:
    """
    Fields that a configuration sets.

    @param where: the key of the configuration, for the error.
    @raise Refused: they cannot stand in an HTTP message.
    """
    pairs = [(name.encode("utf-8"), value.strip().encode("utf-8")) for name, value in values.items()]
    fields = Fields([pair for pair in pairs if pair[0].lower() not in _FIXED])
    try:
        checkFields(fields, 400)
        for _, value in fields:
            if value.translate(None, b"\r\n\0") != value:
                raise HTTPWireError(400, "control character in a header field")
    except HTTPWireError as error:
        raise Refused(f"{where}: {error.brief}", f"{where}: {error.detail}") from error
    return fields


@define(eq=False)
class Rules:
    """
    What one route changes.

    @ivar host: what the service is told as its C{Host}; empty leaves what the user asked for.
    @ivar request: fields of every request, in place of the user's.
    @ivar response: fields of every response, in place of the service's.
    """

    host: bytes = b""
    request: Fields = attrs.field(factory=Fields)
    response: Fields = attrs.field(factory=Fields)
    forwarded: Forwarded = Forwarded.ADDED
    _dropped: tuple[bytes, ...] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        dropped = [b"host", b"forwarded"]
        if self.forwarded is not Forwarded.PASSED:
            dropped += [b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto"]
        self._dropped = tuple(dropped) + tuple(name.lower() for name, _ in self.request)

    def outgoing(self, exchange: IExchange, target: Target) -> Rewritten:
        """
        The request for the service.

        @param target: that of the head.
        """
        head = exchange.head
        fields = head.fields.copy()
        upgrading = _upgrading(head) if b"upgrade" in fields and exchange.canTakeOver else None
        trailing = b"te" in fields and b"trailers" in fields.members(b"te")
        trailers = fields.get(b"trailer") if exchange.length is None else None
        authority = target.authority or fields.get(b"host") or b""
        added = []
        if self.forwarded is Forwarded.ADDED:
            users = [*fields.all(b"x-forwarded-for"), exchange.peer.host.encode("ascii")]
            added.append((b"X-Forwarded-For", b", ".join(users)))
            added.append((b"X-Forwarded-Host", authority))
            added.append((b"X-Forwarded-Proto", b"https" if exchange.secure else b"http"))
        removeHopByHop(fields)
        self.clean(fields)
        if exchange.length is None:
            added.append((b"Transfer-Encoding", b"chunked"))
            if trailers is not None:
                added.append((b"Trailer", trailers))
        elif not exchange.length and head.method in _BODY_EXPECTED and b"content-length" not in fields:
            added.append((b"Content-Length", b"0"))
        if trailing:
            added.append((b"Te", b"trailers"))
        if upgrading is not None:
            added += ((b"Connection", b"Upgrade"), (b"Upgrade", upgrading))
        added += self.request.pairs
        # The way to the service may be slow; who asked for no compression gets none.
        asked = b"accept-encoding" in fields or b"accept-encoding" in self.request or b"range" in fields
        unpacks = not asked and head.method != b"HEAD"
        if unpacks:
            added.append((b"Accept-Encoding", b"gzip"))
        start = _start(head.method, target, self.host or authority)
        return Rewritten(head.method, b"%b%b\r\n" % (start, encodeFields((*fields.pairs, *added))), upgrading, unpacks)

    def clean(self, fields: Fields) -> None:
        """Drop what is not the user's to say: also as services see it that take C{_} for C{-}, as WSGI has it."""
        dropped = self._dropped
        fields.remove(*dropped)
        doubtful = [name.lower() for name, _ in fields.pairs if b"_" in name]
        if doubtful:
            fields.remove(*(name for name in doubtful if name.replace(b"_", b"-") in dropped))

    def incoming(self, head: ResponseHead, keepTrailers: bool, method: bytes = b"GET") -> Fields:
        """
        The fields of the response for the user.

        @param keepTrailers: whether the announcement of trailers means something: the body comes in chunks.
        @param method: of the request.
        """
        fields = head.fields
        # After CONNECT the service is the proxy to which the user proves itself.
        proofs = fields.all(b"proxy-authenticate") if method == b"CONNECT" else ()
        trailers = fields.get(b"trailer") if keepTrailers else None
        removeHopByHop(fields)
        if trailers is not None:
            fields.add(b"Trailer", trailers)
        for proof in proofs:
            fields.add(b"Proxy-Authenticate", proof)
        if head.status == 204:
            # Some users would wait for it.
            fields.remove(b"content-length")
        for name, value in self.response:
            fields.set(name, value)
        return fields


@define(eq=False)
class Rewritten:
    """
    A request as the service gets it.

    @ivar method: which decides how the response ends.
    @ivar head: the bytes.
    @ivar upgrade: the protocols that the user wants to change to, or None.
    @ivar unpacks: whether the user must not see the compression that we asked for.
    """

    method: bytes
    head: bytes
    upgrade: bytes | None
    unpacks: bool


def _start(method: bytes, target: Target, host: bytes) -> bytes:
    path = cleanTarget(target.path)
    if target.scheme:
        path = b"http://%b%b" % (host, b"" if path == b"*" else path)
    return b"%b %b HTTP/1.1\r\nHost: %b\r\n" % (method, path, host)


def _upgrading(head: RequestHead) -> bytes | None:
    """
    The protocols that the user may change to. HTTP/2 is none of them: the requests of such a connection would come to
    the service though nobody has looked whose they are.
    """
    return None if b"h2c" in head.fields.members(b"upgrade") else upgrade(head)


def connecting(head: RequestHead) -> Rewritten:
    """
    A C{CONNECT} for the service: as it is, but for a Host that says something else than the target.

    @param head: is changed.
    """
    head.fields.remove(b"host")
    lines = encodeFields(head.fields.pairs)
    data = b"CONNECT %b HTTP/1.1\r\nHost: %b\r\n%b\r\n" % (head.target, head.target, lines)
    return Rewritten(head.method, data, None, False)
