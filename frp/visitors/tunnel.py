"""The tunnel of a xtcp visitor: dug when it is wanted, and dug again when it is gone."""

from __future__ import annotations

from secrets import token_hex
from typing import TYPE_CHECKING

from twisted.internet.defer import CancelledError, Deferred, TimeoutError, fail
from twisted.python.failure import Failure

from frp.errors import FRPError, TunnelLost, Unavailable
from frp.interfaces import ICorrespondence, IStream, IVisitorSite, Lead
from frp.session.carrier import carrierOf
from frp.session.deadline import Later
from frp.session.refused import explained
from frp.wire.address import authority
from frp.wire.keys import privilegeKey
from frp.wire.messages import NatHoleResp, NatHoleVisitor

if TYPE_CHECKING:
    from frp.nathole.passage import Passage

__all__ = ["Tunnel"]

#: Seconds for the server's word on whether there is a proxy.
_CHECK = 5

#: Seconds from the beginning of one attempt to the next.
_PAUSE = 10

#: How many users may wait, and how many seconds.
MAX_WAITING = 1024
PATIENCE = 20


class Tunnel:
    """
    One visitor's.

    @ivar there: whether somebody is at the other end, as far as we know.
    @ivar ours: whether the client at the other end is one of ours, or was not met yet.
    """

    def __init__(self, site: IVisitorSite, protocol: str, secret: str, *, assisted: bool) -> None:
        """
        @param protocol: what is spoken through the hole.
        @param secret: the proxy's.
        @param assisted: whether the other client is told the addresses of this machine.
        """
        self._site = site
        self._protocol = protocol
        self._secret = secret
        self._assisted = assisted
        self.ours = True
        self._passage: Passage | None = None
        self._halfClose = False
        self._digging: Deferred[None] | None = None
        self._next = Later(site.clock)
        self._waiting: dict[Deferred[Lead], None] = {}
        self._closed = False

    @property
    def there(self) -> bool:
        return self._passage is not None and not self._passage.doubted

    # Users

    def lead(self, seconds: float = PATIENCE) -> Deferred[Lead]:
        """
        @param seconds: how long a user waits, where there is no tunnel.
        @return: fails with L{FRPError}.
        """
        passage = self._passage
        if passage is not None:
            opened = carrierOf(passage.session).addTimeout(seconds, self._site.clock)
            return opened.addCallbacks(self._opened, self._notOpened, errbackArgs=(passage, seconds))
        self.want()
        if len(self._waiting) >= MAX_WAITING:
            return fail(Unavailable("too many users wait for the tunnel"))
        waiting: Deferred[Lead] = Deferred()
        self._waiting[waiting] = None
        return waiting.addTimeout(seconds, self._site.clock, _tooLong).addBoth(self._served, waiting)

    def _opened(self, stream: IStream) -> Lead:
        """The peer hears of the stream by this, also where the service is the first to say something."""
        stream.widen()
        return Lead(stream, self._halfClose)

    def _notOpened(self, failure: Failure, passage: Passage, seconds: float) -> Deferred[Lead]:
        """The tunnel is of no use any more: the user waits for another one."""
        failure.trap(FRPError, TimeoutError)
        self._site.log.warn("get tunnel connection error: {reason}", reason=failure.getErrorMessage())
        if self._passage is passage:
            self._passage = None
        passage.session.abort()
        return self.lead(seconds)

    def surely(self, seconds: float) -> Deferred[Lead]:
        """
        The tunnel that is L{there}, for a user who has another way.

        @param seconds: in which the other end must show that it lives. If it does not, the tunnel is not L{there} until
            it does; it is left to those whom it serves.
        @return: fails with L{FRPError}.
        """
        passage = self._passage
        assert passage is not None, "it is there"
        led = Deferred.fromCoroutine(self._led(passage)).addTimeout(seconds, self._site.clock)
        return led.addErrback(self._doubt, passage, seconds)

    async def _led(self, passage: Passage) -> Lead:
        lead = self._opened(await carrierOf(passage.session))
        lead.stream.pauseProducing()
        try:
            await passage.sign()
        except BaseException:
            lead.stream.abortConnection()
            raise
        return lead

    def _doubt(self, failure: Failure, passage: Passage, seconds: float) -> Failure:
        passage.doubted = True
        if not failure.check(TimeoutError):
            return failure
        raise TunnelLost("the tunnel is silent", f"the other end of the tunnel did not answer within {seconds:g} s")

    def _served(self, outcome: Lead | Failure, waiting: Deferred[Lead]) -> Lead | Failure:
        self._waiting.pop(waiting, None)
        return outcome

    # Attempts

    def want(self) -> None:
        """Dig, if nobody does; not sooner than some time after the last attempt has begun."""
        if self._closed or self._passage is not None or self._digging is not None or self._next.waiting:
            return
        self._next.set(_PAUSE, self._rested)
        self._digging = digging = Deferred.fromCoroutine(self._dig())
        digging.addErrback(self._failed).addBoth(self._done)

    def _rested(self) -> None:
        if self._waiting:
            self.want()

    def _done(self, _: object) -> None:
        self._digging = None
        if not self._next.waiting:
            self._rested()

    def _failed(self, failure: Failure) -> None:
        log = self._site.log
        if isinstance(failure.value, FRPError):
            log.warn("make hole error: {reason}", reason=failure.value.detail)
        elif not failure.check(CancelledError):
            log.failure("make hole error", failure)

    async def _dig(self) -> None:
        site = self._site
        server = await site.anywhere(self._check)
        holes = site.part("nathole")
        digging = await holes.dig(site.log, assisted=self._assisted)
        now = int(site.clock.seconds())
        message = NatHoleVisitor(
            transaction_id=_transaction(now),
            proxy_name=site.target,
            protocol=self._protocol,
            sign_key=privilegeKey(self._secret.encode(), now),
            timestamp=now,
        )
        answer, hole = await digging.punch(server, message, self._secret)
        site.log.info(
            "establishing nat hole connection successful, sid [{sid}], remoteAddr [{peer}]",
            sid=answer.sid,
            peer=authority(*hole.peer),
        )
        self._halfClose = self.ours = hole.halfClose
        self._made(await holes.visit(hole, self._protocol, site.log))

    def _check(self, server: ICorrespondence) -> Deferred[ICorrespondence]:
        """Ask a server whether we may come, before anything is opened for it. Fires with it if we may."""
        question = NatHoleVisitor(
            transaction_id=_transaction(int(self._site.clock.seconds())), proxy_name=self._site.target, pre_check=True
        )

        def answered(answer: NatHoleResp) -> ICorrespondence:
            if answer.error:
                brief = f"nathole precheck error: {answer.error}"
                raise Unavailable(brief, explained(brief))
            return server

        asked = server.ask(
            question, NatHoleResp, lambda one: one.transaction_id == question.transaction_id, timeout=_CHECK
        )
        return asked.addCallback(answered)

    def _made(self, passage: Passage) -> None:
        self._passage = passage
        passage.session.lost.addCallback(self._left, passage)
        for waiting in list(self._waiting):
            del self._waiting[waiting]
            self.lead().chainDeferred(waiting)

    def _left(self, error: BaseException, passage: Passage) -> BaseException:
        if self._passage is passage:
            self._passage = None
            self._site.log.info("the tunnel is closed: {reason}", reason=str(error))
        return error

    def close(self) -> None:
        """Final. Users that are being served leave with it."""
        self._closed = True
        self._next.stop()
        if self._digging is not None:
            self._digging.cancel()
        for waiting in list(self._waiting):
            waiting.errback(Unavailable("the visitor stops"))
        passage, self._passage = self._passage, None
        if passage is not None:
            passage.session.close()


def _transaction(now: int) -> str:
    return f"{now}{token_hex(8)}"


def _tooLong(outcome: Lead | Failure, seconds: float) -> Lead | Failure:
    if isinstance(outcome, Failure) and outcome.check(CancelledError):
        raise Unavailable("open tunnel timeout", f"open tunnel timeout: no hole within {seconds:g} s")
    return outcome
