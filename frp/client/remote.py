"""One server of a client."""

from __future__ import annotations

from random import random
from typing import Protocol

from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.client.life import Backoff, Core, Life, lifeOf
from frp.client.login import logIn
from frp.client.parts import Prepared, Towards
from frp.client.session import ClientSession
from frp.config.client import ClientConfig
from frp.errors import FRPError
from frp.interfaces import IAuthenticationSite, IAuthenticator, IAuthenticatorKind, IReactor
from frp.kinds.blaming import report
from frp.logs import Log
from frp.sockets.tlsside import clientContext
from frp.transports.sites import DialSite
from frp.wire.address import authority

__all__ = ["Remote"]


class Choosing(Protocol):
    """Who has servers, and with which of them there is to be a session."""

    def entered(self, remote: Remote) -> None:
        """There is a session. It may be over already."""

    def decide(self) -> None:
        """Something has become of a session or an attempt."""

    def attemptFailed(self, remote: Remote) -> None:
        """No session could be had."""

    def goesOn(self, remote: Remote) -> bool:
        """Whether there is to be another attempt when one has failed."""

    def gaveUp(self, reason: Failure) -> None:
        """There will be no other attempt, with any server."""


@implementer(IAuthenticationSite)
class Remote:
    """
    The way to one server, and the life with it: one session after another.

    @ivar config: of a client that knows no other server.
    @ivar name: what log and status call it; empty where there is no other.
    @ivar log: names it as well.
    @ivar session: the session, or None.
    @ivar trouble: why there is none, as far as is known; None while the first attempt is under way.
    @ivar towards: what is needed to go there; None before the client has started.
    """

    def __init__(
        self, reactor: IReactor, config: ClientConfig, owner: Choosing, name: str = "", place: str = ""
    ) -> None:
        """@param place: what stands before C{transport}, in the errors of its files."""
        self.reactor = self.clock = reactor
        self.config = config
        self.name = name
        self.log = Log("frp.client")
        self.session: ClientSession | None = None
        self.trouble: Failure | None = None
        self._owner = owner
        self._place = place
        self._core = Core(self, reactor, Backoff(random))
        self._life: Life | None = None
        self.towards: Towards | None = None

    async def prepare(self, prepared: Prepared) -> Towards:
        """
        @return: what is needed to go there.
        @raise FRPError: its part of the configuration names what cannot be had.
        """
        config, registry = self.config, prepared.registry
        self.log = prepared.log.about(server=self.name) if self.name else prepared.log
        made = registry.make(IAuthenticatorKind, config.auth.method, "client", config.auth, self)
        authenticator: IAuthenticator = await made if isinstance(made, Deferred) else made
        tls = config.transport.tls
        side = clientContext(tls, config.serverAddr, f"{self._place}transport.tls") if tls.enable else None
        site = DialSite(self.reactor, config, side, self.log, prepared.turnstile)
        return prepared.towards(config, self.log, authenticator, site)

    @property
    def address(self) -> str:
        """Its host and port."""
        return authority(self.config.serverAddr, self.config.serverPort)

    @property
    def title(self) -> str:
        """What people know it by: its name, or its address where it has none."""
        return self.name or self.address

    @property
    def begun(self) -> bool:
        """Whether it is in a session, or on the way into one."""
        return self._life is not None

    def begin(self) -> None:
        """Reach the server, and come back whenever the session is lost."""
        self.trouble = None
        self._life = life = lifeOf(self._core)
        life.start()

    def end(self) -> ClientSession | None:
        """Try no more. @return: the session that is to be closed."""
        life, self._life = self._life, None
        return None if life is None else life.stop()

    def leave(self) -> ClientSession | None:
        """The same, and nobody new is to come by that session. The next one does not take its place: it may go on."""
        self.session = None
        self._core.runId = ""
        return self.end()

    @property
    def status(self) -> str:
        """C{"connected"}, C{"connecting"}, C{"waiting"} to try again, or C{"idle"}: it is not wanted now."""
        if self.session is not None:
            return "connected"
        if self._life is None:
            return "idle"
        return "connecting" if self.trouble is None else "waiting"

    @property
    def error(self) -> str:
        """What others may know of the trouble."""
        error = None if self.trouble is None else self.trouble.value
        return error.brief if isinstance(error, FRPError) else str(error or "")

    # What becomes of it

    async def logIn(self, runId: str) -> ClientSession:
        """
        Make one attempt, in its turn: its time begins with it. C{runId} is what the last session was called, empty at
        first.
        """
        towards = self.towards
        assert towards is not None, "nobody dials before the start"

        def attempt() -> Deferred[ClientSession]:
            self.log.info("try to connect to server...")
            return Deferred.fromCoroutine(logIn(towards, runId))

        return await towards.turnstile.call(attempt, patient=True)

    def entered(self, session: ClientSession) -> None:
        """There is a session."""
        self.session = session
        self.trouble = None
        session.lost.addCallback(self._lost, session)
        self._owner.entered(self)

    def _lost(self, error: BaseException, session: ClientSession) -> BaseException:
        if self.session is session:
            self.session = None
        return error

    def left(self, reason: Failure) -> None:
        self.log.warn("the session has ended: {reason}", reason=str(reason.value))
        self.trouble = reason
        self._owner.decide()

    def attemptFailed(self, reason: Failure) -> None:
        report(self.log, "connect to server error", reason)
        self.trouble = reason
        self._owner.attemptFailed(self)

    @property
    def goesOn(self) -> bool:
        """Whether there is to be another attempt when one has failed."""
        return self._owner.goesOn(self)

    def gaveUp(self, reason: Failure) -> None:
        """There will be no other attempt."""
        self._owner.gaveUp(reason)

    def bug(self, failure: Failure) -> None:
        """An attempt was cancelled, or something broke that should not."""
        if failure.check(CancelledError) is None:
            self.log.failure("the client broke", failure)
