"""One client, from its login to its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, DeferredList
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import FRPError, Holder, Refused, TunnelLost
from frp.interfaces import IAuthenticator, IRun, IServerMessageSite, ITenant, Tenure
from frp.interfaces.operations import CLIENT_CLOSED, LOGIN_ANSWERED, PING, Caller, ClientClosed, LoginAnswered
from frp.logs import Log
from frp.server.answers import answersOfKinds
from frp.server.proving import prove
from frp.server.published import Published
from frp.server.serving import Peer, Serving
from frp.server.workstreams import WorkStreams
from frp.session.channel import ControlChannel
from frp.session.correspondence import Answer, Correspondence, Corresponding
from frp.session.deadline import Later
from frp.session.lost import howLost
from frp.wire.dialect import Dialect
from frp.wire.messages import CloseProxy, Login, Message, NewProxy, Ping, Pong, ReqWorkConn

__all__ = ["Control"]

T = TypeVar("T")


@implementer(IRun, ITenant, IServerMessageSite)
class Control(Corresponding):
    """
    A client that has logged in: its control channel, its work streams and its proxies.

    @ivar peer: what its proxies see of it.
    @ivar published: its proxies.
    @ivar ended: fires when nothing of this client is held any more: proxies closed, ports given back.
    """

    messages: Correspondence

    def __init__(
        self,
        serving: Serving,
        login: Login,
        tenure: Tenure,
        log: Log,
        caller: Caller,
        dialect: Dialect,
        authenticator: IAuthenticator,
        left: Callable[[Control], object],
    ) -> None:
        """
        @param tenure: of its run, whose id is the line.
        @param authenticator: knows whether a proof of this client is good.
        @param left: is called when nothing is held any more.
        """
        config = serving.config
        self.clock = clock = serving.reactor
        self.login = login
        self.tenure = tenure
        self.log = log
        self.caller = caller
        self.messages = Correspondence(clock, log, self._answerForKinds)
        size = min(max(login.pool_count, 0), config.transport.maxPoolCount)
        self.workStreams = WorkStreams(size, config.userConnTimeout, clock, log, lambda: self.tell(ReqWorkConn()))
        self.peer = Peer(
            login, tenure, caller, dialect, self.messages, self.workStreams, self.together, self.takeBack, log
        )
        self.published = Published(serving, self.peer)
        self.messages.answer(self._answers())
        self.ended: Deferred[None] = Deferred()
        self._serving = serving
        self._authenticator = authenticator
        self._left = left
        self._closing = False
        self._reason = ""  # why it was closed
        self._channel: ControlChannel | None = None
        self._heardAt = self._startedAt = clock.seconds()
        self._heartbeat = Later(clock)
        self._entering: Deferred[None] | None = None  # its login is being answered

    def __repr__(self) -> str:
        return repr(self.peer)

    @property
    def runId(self) -> str:
        return self.tenure.line

    def _answers(self) -> Mapping[type[Message], Answer]:
        return {
            NewProxy: self.published.register,
            Ping: lambda ping: Deferred.fromCoroutine(self._ping(ping)),
            CloseProxy: lambda message: self.published.close(message.proxy_name),
        }

    # Life

    async def enter(self) -> None:
        """
        Take the place of an older run, where there is one, and be the only one of its name. L{entered} must follow.

        @raise Refused: the server does not take this client.
        """
        shared, login = self._serving.shared, self.login
        self._entering = Deferred()
        current = await shared.runs.take(self.runId, self)
        if current and login.client_id:
            holder = await shared.clientIDs.claim((login.user, login.client_id), self)
            if holder is not None:
                raise Refused(f"client_id [{login.client_id}] for user [{login.user}] is already online")
        if self._closing or not current:
            raise Refused("control was replaced during login")

    def entered(self) -> None:
        """The login is over, well or not."""
        entering, self._entering = self._entering, None
        if entering is not None:
            entering.callback(None)

    def start(self, channel: ControlChannel) -> None:
        """The client has been told that it is in. It may have been closed within that."""
        if self._closing:
            channel.end(Failure(TunnelLost(self._reason)))
            return
        self._channel = channel
        self.messages.begin(channel)
        self._heardAt = self._startedAt = self.clock.seconds()
        self._serving.hooks.tell(LOGIN_ANSWERED, LoginAnswered(self.login), self.caller)
        self.workStreams.fill()
        if self._serving.config.transport.heartbeatTimeout > 0:
            self._watch()

    def replaced(self) -> Deferred[None]:
        self.log.info("replaced by client [{runId}]", runId=self.runId)
        return self.close(Failure(TunnelLost("replaced by a new login of the same client")))

    @property
    def busy(self) -> bool:
        """Whether anybody is connected to one of its proxies, at this node or by way of it."""
        meters = [one.site.meter for one in self.published.proxies.values()]
        return any(meter.current or meter.guests for meter in meters)

    @property
    def told(self) -> Mapping[str, object]:
        """What other nodes must know for the visitors of this client."""
        return {"user": self.login.user, "halfClose": self.login.half_close}

    @property
    def holder(self) -> Holder:
        return Holder(client=self.caller.key)

    def dispossessed(self, by: Holder) -> None:
        self.close(Failure(TunnelLost(f"its client id is that of {by}")))

    def takeBack(self, name: str, why: str) -> None:
        """
        Close a proxy that is here, or being opened, and say so. The reference has no message for it, and ignores one
        that says it: such a client comes back, and learns it when it asks for the proxy again. Clients that know
        half-closes are ours.
        """
        if not self.published.has(name):
            return
        if self.login.half_close:
            self.published.takeBack(name, why)
        else:
            self.close(Failure(TunnelLost(why)))

    def close(self, reason: Failure) -> Deferred[None]:
        """
        End the client. Users that are being served live on.

        @return: fires when names and ports are free.
        """
        if not self._closing:
            self._closing = True
            self._reason = reason.getErrorMessage()
            self._heartbeat.stop()
            self.workStreams.close()
            channel = self.messages.end(self._reason)
            if channel is not None:
                channel.end(reason)
            self._serving.hooks.abandon(self.caller)
            waiting = [self.published.shut("control is closed"), self.published.settled()]
            if self._entering is not None:
                waiting.append(self._entering)
            DeferredList(waiting).addCallback(self._emptied)
        gone: Deferred[None] = Deferred()
        self.ended.addBoth(lambda _: gone.callback(None))
        return gone

    def _emptied(self, _: object) -> None:
        """Nothing is open, or being opened; nor does an older run have anything."""
        shared, login = self._serving.shared, self.login
        freed = [
            shared.roster.left(self, self._reason),
            shared.clientIDs.release((login.user, login.client_id), self),
            shared.runs.release(self.runId, self),
        ]
        DeferredList(freed, consumeErrors=True).addCallback(self._closed)

    def _closed(self, _: object) -> None:
        self._left(self)
        if self._channel is not None:
            self.log.info("client exit success")
            seconds = self.clock.seconds() - self._startedAt
            self._serving.hooks.tell(CLIENT_CLOSED, ClientClosed(self._reason, seconds), self.caller)
        self.ended.callback(None)

    def lost(self, reason: Failure) -> None:
        """The control connection has ended."""
        why = howLost(reason)
        self.log.debug("the control connection has ended: {reason}", reason=why)
        self.close(reason if reason.check(FRPError) else Failure(TunnelLost(f"the control connection was lost: {why}")))

    # Heartbeats

    def _watch(self) -> None:
        timeout = self._serving.config.transport.heartbeatTimeout
        silent = self.clock.seconds() - self._heardAt
        if silent > timeout:
            self.log.warn("heartbeat timeout")
            self.workStreams.peerGone()
            self.close(Failure(TunnelLost("heartbeat timeout")))
        else:
            self._heartbeat.set(1, self._watch)

    async def _ping(self, ping: Ping) -> Pong:
        serving = self._serving
        try:
            if serving.hooks.watches(PING):
                ping = await serving.hooks.ask(PING, ping, self.caller)
            await prove(serving, self._authenticator, ping)
        except FRPError as error:
            self.log.warn("received invalid ping: {reason}", reason=error.detail)
            return Pong(error=serving.tell(error, "invalid ping"))
        self._heardAt = self.clock.seconds()
        return Pong()

    # Messages

    def gateway(self, name: str) -> Any:
        return self._serving.gateways.get(name)

    def _answerForKinds(self) -> None:
        answersOfKinds(self._serving, self, self.messages, self._hereOrThere)

    def _hereOrThere(self, answers: Mapping[type[Message], Answer]) -> Mapping[type[Message], Answer]:
        """What a kind answers, be it at the node of the client whose proxy a message is about."""
        others = self._serving.others
        if others is None:
            return answers
        return {type_: partial(others.answer, self, answer) for type_, answer in answers.items()}

    def together(self, act: Callable[[], T]) -> T:
        """Do something that sends to the client, in one write where the client's connections share a carrier."""
        stream = self._channel.transport if self._channel is not None else None
        return stream.together(act) if stream is not None else act()
