"""A client's life with one server: it is in a session, on the way into one, or waiting to try again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from automat import TypeMachineBuilder, pep614
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.python.failure import Failure

from frp.client.session import ClientSession
from frp.errors import Refused
from frp.values import define

__all__ = ["UNREACHED_LONGEST", "Backoff", "Core", "Life", "Owner", "lifeOf"]

#: Seconds between attempts to reach a server of which nothing is heard: an attempt costs nobody anything, and users
#: wait.
UNREACHED_LONGEST = 2.2

#: Seconds for which a session has to last: one that ends sooner has come to nothing, whatever ended it. In the long run
#: there is about one login in that time: a session and the wait after it take no longer together.
LASTING = 20.0

#: How many sessions may come to nothing before the waits grow: a network that fails now and then costs users no more
#: than that.
FAST = 3

#: Seconds before the first attempt when nothing was refused.
SOON = 0.2

#: The same after a session that has lasted: users wait, and another server may be where the last one was.
AT_ONCE = 0.02


class Backoff:
    """
    The waits of a client for one server.

    A server that refuses the login is asked as seldom as the reference asks: about 2, 4, 8, 16 and then every 20
    seconds, with a tenth of jitter. A server that cannot be reached is tried at least every 2.7 seconds, each client at
    its own pace, so that all of them are back within three seconds and do not come at once. One that lets us in and
    ends every session soon, as where it refuses our heartbeats, is left alone for longer each time, up to about 20
    seconds.

    @ivar longest: the longest wait after a refusal: 10 seconds for the first login, 20 later.
    """

    FIRST = 1.0

    def __init__(self, random: Callable[[], float]) -> None:
        """@param random: evenly distributed from 0 to 1."""
        self._random = random
        self._refused = self.FIRST
        self._unreached = 0.0
        self._brief = 0  # sessions in a row
        self.longest = 10.0

    def refused(self) -> float:
        """@return: seconds to wait after the server has said no."""
        self._refused = min(self.longest, self._refused * 2 * (1 + 0.1 * self._random()))
        return self._refused

    def unreached(self) -> float:
        """@return: seconds to wait after the server could not be reached or went away in the middle."""
        self._unreached = min(UNREACHED_LONGEST, self._unreached * 2 or SOON)
        return self._apart(self._unreached)

    def ended(self, lasted: float) -> float:
        """@return: seconds to wait after a session that has lasted for so many."""
        if lasted >= LASTING:
            self._brief = 0
            return self._apart(AT_ONCE)
        self._brief += 1
        longest = max(SOON, LASTING - lasted)
        return self._apart(min(longest, SOON * 2.0 ** max(0, self._brief - FAST)))

    def _apart(self, seconds: float) -> float:
        """@return: about as long, but not the same for every client."""
        return seconds * (0.75 + 0.5 * self._random())

    def succeeded(self) -> None:
        """The login was accepted: the next attempt that fails is the first one again."""
        self._refused = self.FIRST
        self._unreached = 0.0
        self.longest = 20.0


class Life(Protocol):
    """The inputs of a client's life with a server. It is begun once, and stopped for good."""

    def start(self) -> None:
        """Reach the server."""

    def loggedIn(self, session: ClientSession) -> None:
        """The attempt succeeded."""

    def failed(self, reason: Failure) -> None:
        """The attempt did not."""

    def gaveUp(self, reason: Failure) -> None:
        """The attempt did not, and there will be no other (C{loginFailExit})."""

    def lost(self, reason: Failure, lasted: float) -> None:
        """The session has ended, after so many seconds."""

    def due(self) -> None:
        """It is time to try again."""

    def stop(self) -> ClientSession | None:
        """Try no more. Returns the session that is to be closed."""


class Owner(Protocol):
    """Whose life it is: it makes the attempts, and is told what becomes of them."""

    @property
    def goesOn(self) -> bool:
        """Whether there is to be another attempt when one has failed."""

    async def logIn(self, runId: str) -> ClientSession:
        """Make one attempt; C{runId} is what the last session was called, empty at first."""

    def entered(self, session: ClientSession) -> None:
        """There is a session."""

    def left(self, reason: Failure) -> None:
        """It has ended."""

    def attemptFailed(self, reason: Failure) -> None:
        """An attempt has failed."""

    def gaveUp(self, reason: Failure) -> None:
        """There will be no other."""

    def bug(self, failure: Failure) -> None:
        """An attempt was cancelled, or something broke that should not."""


@define(eq=False)
class Core:
    """
    What outlives one life, and is known in the next.

    @ivar runId: what the last session was called.
    """

    owner: Owner
    clock: IReactorTime
    backoff: Backoff
    runId: str = ""

    def failed(self, reason: Failure, life: Life) -> None:
        """An attempt has failed: is it the last one?"""
        if self.owner.goesOn:
            life.failed(reason)
        else:
            life.gaveUp(reason)

    def wait(self, reason: Failure, lasted: float | None) -> float:
        """
        @param lasted: for how many seconds there was a session; None where there was none.
        @return: seconds until the next attempt.
        """
        if lasted is not None:
            return self.backoff.ended(lasted)
        return self.backoff.refused() if reason.check(Refused) else self.backoff.unreached()


def _machine() -> Callable[[Core], Life]:
    machine = TypeMachineBuilder(Life, Core)

    def attempt(life: Life, core: Core, *_: object) -> Deferred[None]:
        # A turn of the reactor lies between, so that the state is entered before the outcome can come.
        begun: Deferred[None] = Deferred(lambda d: timer.cancel() if timer.active() else None)
        timer = core.clock.callLater(0, begun.callback, None)
        begun.addCallback(lambda _: Deferred.fromCoroutine(core.owner.logIn(core.runId)))
        begun.addCallbacks(entered, core.failed, callbackArgs=(life, core), errbackArgs=(life,))
        return begun.addErrback(core.owner.bug)

    def entered(session: ClientSession, life: Life, core: Core) -> None:
        began = core.clock.seconds()
        life.loggedIn(session)
        # Not before the state is entered: it may be lost already.
        session.lost.addCallback(lambda error: life.lost(Failure(error), core.clock.seconds() - began))

    def remember(life: Life, core: Core, session: ClientSession) -> ClientSession:
        core.runId = session.runId
        core.backoff.succeeded()
        core.owner.entered(session)
        return session

    def wait(life: Life, core: Core, reason: Failure, lasted: float | None = None) -> IDelayedCall:
        return core.clock.callLater(core.wait(reason, lasted), life.due)

    idle = machine.state("idle")
    connecting = machine.state("connecting", attempt)
    live = machine.state("live", remember)
    waiting = machine.state("waiting", wait)
    stopped = machine.state("stopped")

    idle.upon(Life.start).to(connecting).returns(None)
    waiting.upon(Life.due).to(connecting).returns(None)
    connecting.upon(Life.loggedIn).to(live).returns(None)
    idle.upon(Life.stop).to(stopped).returns(None)
    stopped.upon(Life.stop).loop().returns(None)
    stopped.upon(Life.failed).loop().returns(None)
    stopped.upon(Life.gaveUp).loop().returns(None)
    stopped.upon(Life.lost).loop().returns(None)

    @pep614(connecting.upon(Life.failed, nodata=True).to(waiting))
    def failed(life: Life, core: Core, reason: Failure) -> None:
        core.owner.attemptFailed(reason)

    @pep614(connecting.upon(Life.gaveUp).to(stopped))
    def gaveUp(life: Life, core: Core, begun: Deferred[None], reason: Failure) -> None:
        core.owner.attemptFailed(reason)
        core.owner.gaveUp(reason)

    @pep614(live.upon(Life.lost, nodata=True).to(waiting))
    def lost(life: Life, core: Core, reason: Failure, lasted: float) -> None:
        core.owner.left(reason)

    @pep614(connecting.upon(Life.stop).to(stopped))
    def stopConnecting(life: Life, core: Core, begun: Deferred[None]) -> None:
        begun.cancel()

    @pep614(waiting.upon(Life.stop).to(stopped))
    def stopWaiting(life: Life, core: Core, timer: IDelayedCall) -> None:
        timer.cancel()

    @pep614(live.upon(Life.stop).to(stopped))
    def stopLive(life: Life, core: Core, session: ClientSession) -> ClientSession:
        return session

    return machine.build()


lifeOf = _machine()
