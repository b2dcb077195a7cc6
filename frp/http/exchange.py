"""
One request and its response, as those see it who answer: whatever the version of HTTP, and whatever the bytes came by.

What answers is a L{Handler}: it is called with an exchange whose head has come and whose body is held back. It may
answer before the body has come, in a later turn, or in pieces. All that it does wrong is its own: an exception ends
that one exchange with 500, or with its connection where the answer has begun.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from twisted.internet.interfaces import IConsumer, IPushProducer
from zope.interface import Attribute, Interface

from frp.errors import LocalWireError
from frp.wire.http.fields import TEXT, Fields, isToken

if TYPE_CHECKING:
    from twisted.internet.address import IPv4Address, IPv6Address
    from twisted.python.failure import Failure

    from frp.interfaces import IStream
    from frp.wire.http.head import RequestHead

__all__ = ["Fields", "GivenFields", "Handler", "IExchange", "IReceiver", "fieldsOf"]

_Text = str | bytes

#: The fields of a response as a handler may write them: C{{"Content-Type": "text/plain"}}, or pairs where a name comes
#: more than once. L{Fields} are not looked at again, and belong to the exchange from then on.
GivenFields = Fields | Mapping[str, _Text] | Mapping[bytes, _Text] | Iterable[tuple[_Text, _Text]] | None


def fieldsOf(given: GivenFields) -> Fields:
    """
    @param given: what is text becomes UTF-8.
    @return: the same as L{Fields}.
    @raise LocalWireError: a name or a value cannot stand in HTTP, such as one with the end of a line.
    """
    if given is None:
        return Fields()
    if isinstance(given, Fields):
        return given
    pairs: Iterable[tuple[_Text, _Text]] = given.items() if isinstance(given, Mapping) else given
    fields = Fields([(_encoded(name), _encoded(value)) for name, value in pairs])
    for name, value in fields:
        if not isToken(name) or value.translate(None, TEXT):
            raise LocalWireError("a header field cannot be sent", f"a header field cannot be sent: {name!r}: {value!r}")
    return fields


def _encoded(text: _Text) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")


class IReceiver(Interface):
    """What hears of a request's body, and of the end of its connection."""

    def bodyReceived(data: bytes) -> None:
        """A piece of the body, never empty."""

    def bodyEnded(trailers: Fields | None) -> None:
        """The whole body has come; None where it had no trailers."""

    def exchangeLost(reason: Failure) -> None:
        """
        The user is gone before the response was finished, or has broken the protocol; nothing more comes, and nothing
        can be answered. Not called for an exchange that was aborted or taken over.
        """


class IExchange(IConsumer, IPushProducer):
    """
    A request and its response.

    As a producer it is that of the request's body: C{pauseProducing} holds the user up. As a consumer it takes the
    response's body: C{registerProducer(producer, True)} before writing more than a little, and C{unregisterProducer} in
    any case before C{finish}.
    """

    head: RequestHead = Attribute("the request's head; it belongs to the handler, which may change its fields")
    peer: IPv4Address | IPv6Address = Attribute("the user's address")
    host: IPv4Address | IPv6Address = Attribute("what the user has connected to")
    secure: bool = Attribute("whether the user came over TLS")
    serverName: str = Attribute(
        "the host that the user has told TLS (SNI); empty where it has not, or came without TLS"
    )
    length: int | None = Attribute("bytes of the request's body: 0 where there is none, None where nobody knows yet")
    canTakeOver: bool = Attribute("whether C{takeOver} gives something: HTTP/1 does")
    answered: bool = Attribute("whether C{answer} was called")
    over: bool = Attribute("whether nothing can be answered any more: it is finished, or the user is gone")

    def receive(receiver: IReceiver) -> None:
        """
        Let the body flow, which is held back until then; where there is none the receiver hears of its end within this
        call. Who waits for something else calls it too, to hear of a user who leaves. Called once.

        A request with C{Expect: 100-continue} is left to the handler: C{inform(100)} asks for the body.
        """

    def inform(status: int, fields: Fields | None = None) -> None:
        """Send a 1xx response, before C{answer}. Users of HTTP/1.0 do not hear of it."""

    def answer(status: int, fields: GivenFields = None, reason: bytes = b"") -> None:
        """
        Send the head of the response. It leaves together with the first piece of the body or the end, and at once after
        C{flush}.

        The framing is the exchange's: a C{Content-Length} among the fields counts the body; without it the body ends as
        the version of HTTP has it. What belongs to the connection (C{Connection}, C{Transfer-Encoding}...) is not
        given; a C{Date} is added where there is none.

        @param fields: such as C{{"Content-Type": "text/plain"}}, see L{GivenFields}. L{Fields} are as a codec would
            give them, without line ends or control characters, and are the exchange's from here.
        @param reason: the usual one where it is empty; HTTP/2 has none.
        """

    def flush() -> None:
        """Send the head that still waits for a body."""

    def write(data: bytes) -> None:
        """Send a piece of the body. What a response to HEAD, 204 or 304 must not have is thrown away."""

    def finish(trailers: Fields | None = None) -> None:
        """
        The response is complete. What is left of the request's body is thrown away, up to a bound, and no longer told.

        @param trailers: dropped where the framing has no place for them.
        """

    def reply(status: int, fields: GivenFields = None, body: bytes = b"") -> None:
        """Answer with a whole body: head, length, body and end in one write. C{fields} are as for L{answer}."""

    def explain(reason: str) -> None:
        """
        Say why the answer is not what was asked for, or breaks off, before it does: for whoever looks at exchanges,
        such as the inspector. The user does not hear of it, who may be gone.
        """

    def abort() -> None:
        """
        End the exchange at once. In HTTP/1 that is the end of the connection, so that a response which has begun is
        seen to be incomplete.
        """

    def takeOver(status: int = 0, fields: Fields | None = None) -> tuple[IStream, bytes]:
        """
        Step aside: C{Upgrade}, C{CONNECT}. The exchange is over with that.

        @param status: of a head that is sent first, with these fields and no others; 0 for none.
        @return: the user's transport, paused, whose protocol the caller replaces; and what the user has sent behind
            the request's head.
        @raise frp.errors.Unavailable: this version of HTTP has no connection to give away.
        """

    def move(give: Callable[[IStream, bytes], bool]) -> bool:
        """
        Let somebody else have the user's connection as if nothing had been read of it: where this is the first request
        of a connection of HTTP/1, came in one piece, and has just been given to its handler.

        @param give: gets the transport, and all that the user has said; returns whether it has taken both.
        @return: whether it has; the exchange is over with that, and everybody else is to forget it.
        """


#: Answers requests.
Handler = Callable[[IExchange], object]
