"""A web server and its users, in the hands of a test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from frp.testing.network import Network, User
from frp.wire.http.body import BodyReader, bodyReader
from frp.wire.http.fields import Fields
from frp.wire.http.head import RequestHead, ResponseHead
from frp.wire.http.reader import requestReader, responseReader

__all__ = ["Asked", "Told", "Web", "ok", "told"]


@attrs.define
class Asked:
    """
    A request as the service has received it.

    @ivar user: the connection.
    @ivar pieces: the body, as it came.
    @ivar done: whether the body is complete.
    """

    head: RequestHead
    user: User
    pieces: list[bytes] = attrs.field(factory=list)
    done: bool = False
    trailers: Fields | None = None

    @property
    def body(self) -> bytes:
        """What has come of it."""
        return b"".join(self.pieces)

    def field(self, name: bytes) -> bytes | None:
        """The first value of a field."""
        return self.head.fields.get(name)


@attrs.define
class Told:
    """A response as a user has received it."""

    head: ResponseHead
    body: bytes = b""
    done: bool = False
    trailers: Fields | None = None

    @property
    def status(self) -> int:
        return self.head.status

    def field(self, name: bytes) -> bytes | None:
        """The first value of a field."""
        return self.head.fields.get(name)


def ok(body: bytes = b"", *fields: bytes, status: int = 200) -> bytes:
    """@return: a whole response."""
    lines = b"".join(field + b"\r\n" for field in fields)
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n%b\r\n%b" % (status, len(body), lines, body)


class Web:
    """
    A service that answers HTTP.

    @ivar asked: the requests, the oldest first.
    @ivar port: where it listens.
    """

    def __init__(self, network: Network, answer: Callable[[Asked], bytes | None] | None = None) -> None:
        """@param answer: is called with each request when it is whole; by default its target comes back."""
        self.asked: list[Asked] = []
        self.service = network.service(self._received)
        self.port = self.service.port
        self._answer = answer or (lambda asked: ok(asked.head.target))
        self._readers: dict[User, Any] = {}
        self._bodies: dict[User, tuple[Asked, BodyReader]] = {}

    @property
    def last(self) -> Asked:
        """The newest request."""
        return self.asked[-1]

    def _received(self, user: User, data: bytes) -> None:
        while data:
            if user not in self._bodies:
                reader = self._readers.setdefault(user, requestReader())
                head = reader.receive(data)
                if head is None:
                    return
                data = reader.rest
                self.asked.append(Asked(head, user))
                self._bodies[user] = self.asked[-1], bodyReader(head.framing())
            asked, body = self._bodies[user]
            if not body.done:
                asked.pieces += body.receive(data)
                data = body.rest if body.done else b""
            if body.done:
                del self._bodies[user]
                asked.done = True
                asked.trailers = body.trailers
                answer = self._answer(asked)
                if answer is not None:
                    user.send(answer)


def told(data: bytes, *methods: bytes) -> list[Told]:
    """
    The responses in what a user has received.

    @param methods: those of the requests, GET where there are no more.
    """
    responses: list[Told] = []
    asked = list(methods)
    while data:
        reader = responseReader()
        head = reader.receive(data)
        assert head is not None, data
        data = reader.rest
        response = Told(head)
        if head.status < 200:
            responses.append(response)
            continue
        body = bodyReader(head.framing(asked.pop(0) if asked else b"GET"))
        responses.append(response)
        if body.done:
            response.done = True
            continue
        response.body = b"".join(body.receive(data))
        response.done, response.trailers = body.done, body.trailers
        data = body.rest if body.done else b""
    return responses
