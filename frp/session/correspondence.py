"""Who handles which control message, and who waits for which: a table on each end of a control connection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import FRPError, PluginError, TunnelLost, Unavailable
from frp.interfaces import ICorrespondence
from frp.kinds.awaiting import later
from frp.logs import Log
from frp.session.channel import ControlChannel
from frp.session.deadline import Later
from frp.wire.messages import Message

__all__ = ["Answer", "Correspondence", "Corresponding"]

M = TypeVar("M", bound=Message)

Answer = Callable[[Any], object]
"""
Handles a message. What it returns, or what the awaitable fires with that it returns, is sent to the peer, unless it is
None; the next message of the peer is not handled before.
"""


class _Awaited:
    """One question that is out."""

    def __init__(
        self, clock: IReactorTime, reply: type[Message], matches: Callable[[Any], bool] | None, answered: Deferred[Any]
    ) -> None:
        self.answered = answered
        self.timer = Later(clock)
        self._reply = reply
        self._matches = matches

    def takes(self, message: Message) -> bool:
        """Whether this is the answer."""
        return isinstance(message, self._reply) and (self._matches is None or self._matches(message))


@implementer(ICorrespondence)
class Correspondence:
    """
    One end of a control connection, above its L{ControlChannel}: what is received goes to who asked for it, or else to
    who answers messages of its type. It exists before the channel does; nothing is sent until L{begin}.
    """

    def __init__(self, clock: IReactorTime, log: Log, more: Callable[[], object] = lambda: None) -> None:
        """@param more: is called once, for the first message that nobody answers: to let others L{answer}, too."""
        self._clock = clock
        self._more: Callable[[], object] | None = more
        self._log = log
        self._answers: dict[type[Message], Answer] = {}
        self._awaited: list[_Awaited] = []
        self._channel: ControlChannel | None = None
        self._ended: TunnelLost | None = None

    def answer(self, answers: Mapping[type[Message], Answer], owner: str = "frp") -> None:
        """
        Let somebody handle messages.

        @param owner: whose they are, for the error.
        @raise PluginError: one of them is another's.
        """
        for type_ in answers:
            if type_ in self._answers:
                raise PluginError(f"{owner} answers {type_.__name__} messages, which somebody else does already")
        self._answers.update(answers)

    def enrol(self, title: str, answers: Callable[[], Mapping[type[Message], Answer]]) -> None:
        """
        Let a kind handle its messages.

        @param title: what errors call the kind.
        @param answers: its C{serverAnswers} or C{clientAnswers}, with the site.
        @raise FRPError: the kind does not say what it handles, or wants what is another's.
        """
        try:
            found = dict(answers())
        except FRPError:
            raise
        except Exception as error:
            raise PluginError(
                "internal error",
                f"{title} does not say which messages it answers: {type(error).__name__}: {error}",
                bug=error,
            ) from error
        self.answer(found, owner=title)

    def begin(self, channel: ControlChannel) -> None:
        self._channel = channel

    def handle(self, message: Message) -> Deferred[None] | None:
        """
        One message of the peer.

        @return: fires when the next may be handled; None where it may be at once.
        """
        for awaited in self._awaited:
            if awaited.takes(message):
                self._settle(awaited)
                awaited.answered.callback(message)
                return None
        answer = self._answers.get(type(message)) or self._others(type(message))
        if answer is None:
            self._log.debug("a {type} message means nothing here and is ignored", type=type(message).__name__)
            return None
        reply = answer(message)
        if reply is None:
            return None
        coming = later(reply)
        if coming is not None:
            return coming.addCallback(self._reply)
        self._reply(reply)
        return None

    def _others(self, type_: type[Message]) -> Answer | None:
        more, self._more = self._more, None
        if more is not None:
            more()
        return self._answers.get(type_)

    def _reply(self, reply: object) -> None:
        if isinstance(reply, Message):
            self.tell(reply)

    def tell(self, message: Message) -> None:
        if self._channel is not None:
            self._channel.send(message)

    def ask(
        self, message: Message, reply: type[M], matches: Callable[[M], bool] | None = None, *, timeout: float = 10
    ) -> Deferred[M]:
        if self._ended is not None:
            return fail(self._ended)
        answered: Deferred[M] = Deferred(lambda _: self._settle(awaited))
        awaited = _Awaited(self._clock, reply, matches, answered)
        awaited.timer.set(timeout, self._tooLate, awaited, timeout)
        self._awaited.append(awaited)
        try:
            self.tell(message)
        except Exception:
            self._settle(awaited)
            return fail(Failure())
        return answered

    def _settle(self, awaited: _Awaited) -> None:
        if awaited in self._awaited:
            self._awaited.remove(awaited)
        awaited.timer.stop()

    def _tooLate(self, awaited: _Awaited, timeout: float) -> None:
        self._settle(awaited)
        awaited.answered.errback(Unavailable(f"the peer did not answer within {timeout:g} s"))

    def end(self, reason: str) -> ControlChannel | None:
        """
        The connection ends: nothing is sent any more, and nobody is answered.

        @return: the channel, which is the caller's to close; None where there was none, or has been an end.
        """
        channel, self._channel = self._channel, None
        self._ended = self._ended or TunnelLost("the control connection has ended", reason)
        for awaited in list(self._awaited):
            self._settle(awaited)
            awaited.answered.errback(self._ended)
        return channel


@implementer(ICorrespondence)
class Corresponding:
    """A base for sites: all is said over C{messages}."""

    messages: ICorrespondence

    def tell(self, message: Message) -> None:
        self.messages.tell(message)

    def ask(
        self, message: Message, reply: type[M], matches: Callable[[M], bool] | None = None, *, timeout: float = 10
    ) -> Deferred[M]:
        return self.messages.ask(message, reply, matches, timeout=timeout)
