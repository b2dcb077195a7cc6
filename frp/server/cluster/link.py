"""One session between two nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IAddress, IReactorTime
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure

from frp.errors import FRPError, LinkLost, LocalWireError, NoWorkStream, TunnelLost
from frp.logs import Log
from frp.server.cluster.asking import Asking, Saying
from frp.server.cluster.questions import Asked, Hearing
from frp.session.deadline import Later
from frp.session.greeting import Once
from frp.session.muxed import MuxedSession
from frp.wire.nodes import Hello, encodeAsk

__all__ = ["ANSWER", "MOST", "SILENCE", "TICK", "Link"]

#: Seconds between two looks at who is late.
TICK = 0.5

#: Looks without a byte from the other node after which it is gone. It is pinged once a second. Time in which this node
#: itself did nothing is not counted.
SILENCE = 6

#: Looks after which a question is not answered any more: the other node waits for its client, and says so sooner.
ANSWER = 60

#: Streams of one link.
MOST = 65536


class Link(MuxedSession):
    """
    The protocol of its connection, and the same at both ends but for the numbers of the streams: either node asks.

    @ivar node: the other one.
    @ivar name: what people call it.
    """

    _opened = Asking

    def __init__(
        self, clock: IReactorTime, log: Log, other: Hello, answer: Callable[[Asked], object], *, dialled: bool
    ) -> None:
        """
        @param answer: gets what the other node asks.
        @param dialled: whether it was this node that dialled.
        """
        super().__init__(clock, log, client=dialled, accept=_Questions(self), keepalive=1)
        self.node = other.node
        self.name = other.name
        self._answer = answer
        self._heard = False
        self._silence = 0
        self._looks = 0
        self._unanswered: dict[Asking, int] = {}  # and until which look; the oldest first
        self._tick = Later(clock)

    def __repr__(self) -> str:
        return f"<link to node {self.name}, {len(self)} streams>"

    def connectionMade(self) -> None:
        super().connectionMade()
        self._tick.set(TICK, self._ticked)
        self.lost.addCallback(self._ended)

    def dataReceived(self, data: bytes) -> None:
        self._heard = True
        super().dataReceived(data)

    def _end(self, reason: Failure) -> None:
        """However it ends: what its streams carried is not whole."""
        error = reason.value
        assert isinstance(error, FRPError)
        super()._end(Failure(LinkLost(error.brief, error.detail)))

    def _ended(self, error: BaseException) -> BaseException:
        self._tick.stop()
        return error

    def _ticked(self) -> None:
        self._looks += 1
        self._silence = 0 if self._heard else self._silence + 1
        self._heard = False
        if self._silence >= SILENCE:
            problem = f"nothing came from it for {SILENCE * TICK:g} s"
            self._end(Failure(TunnelLost("the other node is silent", problem)))
            return
        for asking in [asking for asking, until in self._unanswered.items() if until <= self._looks]:
            asking.fail(f"node {self.name} did not answer within {ANSWER * TICK:g} s")
        self._tick.set(TICK, self._ticked)

    def ask(self, ask: Mapping[str, object], behind: bytes = b"") -> Deferred[Asking]:
        """
        @param behind: what the stream begins with after a yes. It goes with the question, and is lost with a refusal.
        @return: fires with the stream, paused, which waits for its answer; fails with L{NoWorkStream}.
        """
        if len(self) >= MOST:
            return fail(NoWorkStream(f"the link to node {self.name} has {MOST} streams, and no room for more"))
        try:
            saying = Saying(encodeAsk(ask) + behind)
        except LocalWireError as error:
            return fail(NoWorkStream(error.brief, error.detail))
        return self.connect(Once(saying)).addCallbacks(self._said, self._notOpened)

    def _said(self, saying: Saying) -> Asking:
        asking = saying.transport
        self._unanswered[asking] = self._looks + ANSWER
        asking.answered.addBoth(self._answered, asking)
        return asking

    def _answered(self, result: Asking, asking: Asking) -> Asking:
        del self._unanswered[asking]
        return result

    def _notOpened(self, failure: Failure) -> Failure:
        failure.trap(FRPError)
        assert isinstance(failure.value, FRPError)
        return Failure(NoWorkStream(f"the link to node {self.name} takes no question: {failure.value.brief}"))

    def asked(self, asked: Asked) -> None:
        """The other node asks."""
        try:
            self._answer(asked)
        except Exception:
            # It may have been answered already.
            self.log.failure("node {name} has asked", name=self.name)
            asked.stream.abortConnection()


class _Questions(Factory):
    """Answers the streams that the other node opens."""

    noisy = False

    def __init__(self, link: Link) -> None:
        self._link = link

    def buildProtocol(self, addr: IAddress | None) -> Protocol | None:
        link = self._link
        # As many of ours may be on their way to the other node.
        return Hearing(link.node, link.asked) if len(link) < 2 * MOST else None
