"""Tests of protocols that read as what each side says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IProtocolFactory
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

__all__ = ["Conversation"]

_LINE = re.compile(r"(?P<who>user|here): (?P<text>.*)|(?P<event>closed|open|user leaves)|after (?P<seconds>[\d.]+) s")


class Conversation:
    """
    Holds a protocol to a text, in which each line is one of::

        user: GET / HTTP/1.0\\r\\n\\r\\n      what the user sends
        here: HTTP/1.0 200 OK\\r\\n           what the protocol must have sent by then, all of it
        open                               the protocol must not have closed the connection
        closed                             it must have
        user leaves                        the user closes it
        after 5 s                          time passes on the clock

    with Python's escapes, and C{#} for comments. What the protocol says has to be in the text; several lines of one
    side in turn count as one.
    """

    def __init__(self, factory: Any, pieces: int = 0, clock: Clock | None = None) -> None:
        """
        @param factory: of the protocol; or a protocol without a connection.
        @param pieces: how many bytes of the user come at a time; 0 for all at once.
        """
        self._factory = factory
        self._pieces = pieces
        self._clock = clock

    def holds(self, text: str) -> None:
        """
        Have the conversation.

        @raise AssertionError: at the first line that does not hold, with its number in the text.
        """
        talk = _Talk(self._factory, self._pieces, self._clock)
        steps = list(_steps(text))
        for place, (number, line) in enumerate(steps):
            following = steps[place + 1][1]["who"] if place + 1 < len(steps) else None
            talk.step(f"line {number}", line, last=following != "here")


def _steps(text: str) -> Iterator[tuple[int, re.Match[str]]]:
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            found = _LINE.fullmatch(stripped)
            if found is None:
                raise ValueError(f"line {number} is no line of a conversation: {stripped}")
            yield number, found


class _Talk:
    """One conversation."""

    def __init__(self, factory: Any, pieces: int, clock: Clock | None) -> None:
        peer, host = IPv4Address("TCP", "127.0.0.1", 50000), IPv4Address("TCP", "127.0.0.1", 6000)
        made: Any = factory.buildProtocol(peer) if IProtocolFactory.providedBy(factory) else factory
        self._protocol = made
        self._transport = StringTransport(host, peer)
        self._pieces = pieces
        self._clock = clock
        self._expected = b""
        self._protocol.makeConnection(self._transport)

    def step(self, where: str, line: re.Match[str], *, last: bool) -> None:
        """@param last: of what the protocol says in turn."""
        if line["who"] == "here":
            self._expected += _bytes(line["text"])
            if last:
                self._said(where, self._expected)
                self._expected = b""
            return
        self._said(where, b"")
        if line["who"] == "user":
            self._hear(_bytes(line["text"]))
        elif line["seconds"]:
            assert self._clock is not None, f"{where}: time passes, and the conversation has no clock"
            self._clock.advance(float(line["seconds"]))
        elif line["event"] == "user leaves":
            self._protocol.connectionLost(Failure(ConnectionDone()))
        elif self._transport.disconnecting is not (line["event"] == "closed"):
            raise AssertionError(f"{where}: the connection is {'open' if line['event'] == 'closed' else 'closed'}")

    def _hear(self, data: bytes) -> None:
        size = self._pieces or len(data)
        for place in range(0, len(data), size or 1):
            if not self._transport.disconnecting:
                self._protocol.dataReceived(data[place : place + size])

    def _said(self, where: str, expected: bytes) -> None:
        said = self._transport.value()
        self._transport.clear()
        if said != expected:
            raise AssertionError(f"{where}: it should have said {expected!r}, and said {said!r}")


def _bytes(text: str) -> bytes:
    return text.encode("latin-1", "backslashreplace").decode("unicode_escape").encode("latin-1")
