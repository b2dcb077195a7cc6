"""
Sessions, and single connections, of peers that have not proven who they are: whatever carries them, they are held to
the same terms.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IAddress, IDelayedCall, IProtocolFactory, IReactorTime
from twisted.internet.protocol import Factory

from frp.errors import FRPError, RemoteWireError, TunnelLost
from frp.interfaces import IAuthenticator, IGuest, ISession, IStream
from frp.logs import Log
from frp.session.attended import attended
from frp.session.ending import closeAll
from frp.session.greeting import Greeting, Heard
from frp.session.turnstile import Turnstile
from frp.wire.address import hostPort
from frp.wire.messages import Login, Message

__all__ = ["Arrivals"]

#: How many streams of one session may be without a first message, or with one that is being judged.
MAX_GREETINGS = 256

#: How many more where a client has logged in: hooks may be slow, and all of its users come this way.
MAX_ASKING = 4096

#: How many streams of a session may be refused before one of them has proven who is there.
MAX_REFUSALS = 20

#: How many bytes of first messages a session may have us keep, before one of them has proven who is there: four that
#: are as long as can be, or two thousand of the usual length.
MAX_KEPT = 256 * 1024

#: How many connections may come without a session at a time.
MAX_SINGLE = 1 << 20

#: Seconds within which a session must bring a proof. A peer that only answers pings would stay for ever.
FIRST_PROOF = 30

Judge = Callable[[Message, Heard, IAuthenticator], Deferred[None]]


class Arrivals:
    """
    Everybody who comes in, until it is known who it is.

    @ivar streams: answers logical connections that belong to no session.
    @ivar judged: those that have said their first message, and wait.
    """

    def __init__(
        self, clock: IReactorTime, log: Log, judge: Judge, authenticator: IAuthenticator, turnstile: Turnstile
    ) -> None:
        """
        @param judge: gets the first message of each logical connection, and who knows whether its proof is good; its
            Deferred fires when the connection is in use, or closed because its peer did not prove itself.
        @param authenticator: knows it of all who do not come with one of their own.
        @param turnstile: where logins wait. All else has a user who waits.
        """
        self.clock = clock
        self.log = log
        self._judge = judge
        self._turnstile = turnstile
        self.judged: set[IStream] = set()
        self.streams: IProtocolFactory = _Streams(self, authenticator, MAX_SINGLE)
        self._authenticator = authenticator
        self._sessions: dict[ISession, IDelayedCall] = {}  # and when it must have proven itself

    def __len__(self) -> int:
        return len(self._sessions)

    def admit(self, session: ISession, authenticator: IAuthenticator | None = None) -> IProtocolFactory:
        streams = _Streams(self, authenticator or self._authenticator, MAX_GREETINGS, session)
        self._await(session, streams)
        session.lost.addCallback(self._lost, session)
        return streams

    def judge(self, message: Message, heard: Heard, authenticator: IAuthenticator) -> Deferred[None]:
        """As who judges; a login in its turn, if its peer waits for that."""
        judge = partial(self._judge, message, heard, authenticator)
        if not isinstance(message, Login):
            return judge()
        if not self._turnstile.busy:
            return self._turnstile.call(judge)
        waiting = Deferred.fromCoroutine(attended(heard.stream, self._turnstile.call(lambda: succeed(None))))
        return waiting.addCallbacks(lambda _: judge(), lambda failure: failure.trap(TunnelLost) and None)

    def _await(self, session: ISession, streams: _Streams) -> None:
        self._sessions[session] = self.clock.callLater(FIRST_PROOF, self._look, session, streams)

    def _look(self, session: ISession, streams: _Streams) -> None:
        """A session has had its time for a proof. Where one is being looked at, it is we who take long."""
        if streams.asking and not streams.proven:
            self._await(session, streams)
        elif not streams.proven:
            self.log.info(
                "the session with {peer} is closed: no client logged in on it within {seconds} s",
                peer=hostPort(session.getPeer()),
                seconds=FIRST_PROOF,
            )
            session.abort()

    def _lost(self, error: BaseException, session: ISession) -> BaseException:
        timer = self._sessions.pop(session)
        if timer.active():
            timer.cancel()
        say = self.log.warn if isinstance(error, RemoteWireError) else self.log.debug
        say("the session with {peer} has ended: {reason}", peer=hostPort(session.getPeer()), reason=str(error))
        return error

    def close(self) -> Deferred[None]:
        """
        End every session, and every connection that still waits for a judgement.

        @return: fires when all sessions have ended.
        """
        for stream in list(self.judged):
            stream.abortConnection()
        return closeAll(self._sessions, self.clock)


class _Streams(Factory):
    """
    Answers logical connections: of one session, or all that come without one.

    @ivar proven: whether any of them was a client's. Nothing is held against a session after that: a client whose pool
        is full is refused many.
    @ivar asking: how many of them are being judged.
    """

    noisy = False

    def __init__(
        self, arrivals: Arrivals, authenticator: IAuthenticator, room: int, session: ISession | None = None
    ) -> None:
        self.proven = False
        self.asking = 0
        self._refusals = 0
        self._kept = 0
        self._arrivals = arrivals
        self._authenticator = authenticator
        self._room = room
        self._session = session

    def buildProtocol(self, addr: IAddress | None) -> Greeting | None:
        if self._room <= 0:
            return None
        self._room -= 1
        return Greeting(self._received, self._failed, keeps=self._keep, clock=self._arrivals.clock)

    def _keep(self, size: int) -> None:
        self._kept += size
        if self._kept > MAX_KEPT and size > 0 and self._session is not None and not self.proven:
            raise RemoteWireError(
                "first messages are too much", f"{self._kept} bytes of first messages, and none of them was a client's"
            )

    def _received(self, message: Message, heard: Heard) -> None:
        self.asking += 1
        self._arrivals.judged.add(heard.stream)
        self._arrivals.judge(message, heard, self._authenticator).addBoth(self._judged, heard)

    def _judged(self, _: object, heard: Heard) -> None:
        self.asking -= 1
        self._arrivals.judged.discard(heard.stream)
        self._room += 1
        self._keep(-heard.size)
        if heard.stream.closed:
            self._refused()
            return
        first, self.proven = not self.proven, True
        if first:
            self._room += MAX_ASKING
        if self._session is None:
            _welcome(heard.stream)
        elif first:
            _welcome(self._session)

    def _refused(self) -> None:
        """Each refusal costs a line in the log; who proves nothing has only so many."""
        self._refusals += 1
        if self._refusals >= MAX_REFUSALS and self._session is not None and not self.proven:
            self._session.breach(
                RemoteWireError(
                    "too many refused streams", f"{self._refusals} of its streams were refused, and none was a client's"
                )
            )

    def _failed(self, error: FRPError, stream: IStream) -> None:
        self._room += 1
        if error.__cause__ is not None:
            return  # the whole session has ended, and has its own line
        self._arrivals.log.info(
            "a connection from {peer} is closed: {reason}", peer=hostPort(stream.getPeer()), reason=error.detail
        )
        self._refused()


def _welcome(who: IStream | ISession) -> None:
    guest = IGuest(who, None)
    if guest is not None:
        guest.welcome()
