"""Work streams of a client that is at another node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from frp.interfaces import IStream
from frp.server.cluster.asking import Asking

__all__ = ["Ask", "RemoteStreams", "Streams"]


class Streams(Protocol):
    """Where streams to other nodes come from."""

    def __call__(self, node: str, ask: Mapping[str, object]) -> Deferred[IStream]:
        """
        @param node: the other one.
        @return: fires with a stream, paused, when that one has said yes; fails with
            L{NoWorkStream<frp.errors.NoWorkStream>}.
        """


class Ask(Protocol):
    """The same for whoever does not wait for the yes."""

    def __call__(self, node: str, ask: Mapping[str, object], behind: bytes) -> Deferred[Asking]:
        """
        @param behind: what goes with the question.
        @return: fires with the stream, paused; fails with L{NoWorkStream<frp.errors.NoWorkStream>}.
        """


class RemoteStreams:
    """
    Those of one proxy. The other node takes each from its own pool, and users do not wait for its yes: what they say
    goes right behind the question, and a no ends their stream.

    @ivar waiting: how many users have one that was not answered.
    """

    def __init__(self, ask: Ask, node: str, question: Mapping[str, object]) -> None:
        self.waiting = 0
        self._ask = ask
        self._node = node
        self._question = question

    def begin(self, start: bytes) -> Deferred[IStream]:
        """
        @param start: what tells the client for whom the stream is.
        @return: fires with a stream that has begun with that, paused; fails with
            L{NoWorkStream<frp.errors.NoWorkStream>}, with which the stream may end, too.
        """
        self.waiting += 1
        return self._ask(self._node, self._question, start).addCallbacks(self._asked, self._notAsked)

    def _asked(self, asking: Asking) -> IStream:
        asking.answered.addBoth(self._answered)
        return asking

    def _answered(self, _: object) -> None:
        self.waiting -= 1

    def _notAsked(self, failure: Failure) -> Failure:
        self.waiting -= 1
        return failure
