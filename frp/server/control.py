"""
One client, from its login to its end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.interfaces import IDelayedCall
from twisted.python.failure import Failure

from frp.errors import AuthError, FRPError, PluginError, Refused, TunnelLost, Unavailable, bugBehind
from frp.interfaces import IProxyKind, IServerProxy
from frp.interfaces.operations import (
    CLIENT_CLOSED,
    CLOSE_PROXY,
    LOGIN_ANSWERED,
    NEW_PROXY,
    PING,
    PROXY_ANSWERED,
    Caller,
    ClientClosed,
    LoginAnswered,
    ProxyAnswered,
    newID,
)
from frp.logs import Log
from frp.proxies.registration import checkAnnotations
from frp.server.site import ServerSite
from frp.server.workstreams import WorkStreams
from frp.session.channel import ControlChannel
from frp.session.correspondence import Correspondence
from frp.wire.dialect import Dialect
from frp.wire.messages import (
    CloseProxy,
    Login,
    NewProxy,
    NewProxyResp,
    Ping,
    Pong,
    ReqWorkConn,
)

if TYPE_CHECKING:
    from frp.server.service import FRPServer

__all__ = ["MAX_NAME", "Control"]

T = TypeVar("T")

MAX_NAME = 1000
"""
Characters of a name that a client gives to itself or to a proxy. In JSON each may take six bytes, and every message
that names it must fit.
"""


@attrs.frozen
class _Registered:
    """A proxy that this client has registered."""

    proxy: IServerProxy
    site: ServerSite
    ports: int


class Control:
    """
    A client that has logged in: its control channel, its work streams and its proxies.

    @ivar runId: names this run of the client; a new login with it takes this one's place.
    @ivar login: what the client said of itself.
    @ivar caller: the same for hooks.
    @ivar dialect: what it speaks.
    @ivar messages: what the two ends say to each other.
    @ivar ended: fires when nothing of this client is held any more: proxies closed, ports given back.
    """

    def __init__(self, server: FRPServer, login: Login, runId: str, log: Log, caller: Caller, dialect: Dialect) -> None:
        self.server = server
        self.login = login
        self.runId = runId
        self.log = log
        self.caller = caller
        self.dialect = dialect
        self.messages = Correspondence(server.clock, log)
        self.messages.answer({NewProxy: self._newProxy, Ping: self._pinged, CloseProxy: self._closeProxy})
        self.ended: Deferred[None] = Deferred()
        self.proxies: dict[str, _Registered] = {}
        self._closing = False
        self._reason = ""  # why it was closed
        size = min(max(login.pool_count, 0), server.config.transport.maxPoolCount)
        self.workStreams = WorkStreams(
            size, server.config.userConnTimeout, server.reactor, log, self._requestWorkStream
        )
        self._channel: ControlChannel | None = None
        self._heardAt = self._startedAt = server.reactor.seconds()
        self._heartbeat: IDelayedCall | None = None
        self._portsUsed = 0
        self._opening: Deferred[None] | None = None  # a proxy that has taken its name, and is not registered yet
        self._leaving: dict[str, Deferred[Any]] = {}  # proxies whose ports are being given back
        self._before: Control | None = None  # whose place is being taken

    def __repr__(self) -> str:
        return f"<client {self.runId} of user {self.login.user!r}>"

    # Life

    def start(self, channel: ControlChannel) -> None:
        """The client has been told that it is in. Its channel may have ended within that."""
        self._before = None
        if self._closing:
            return
        self._channel = channel
        self.messages.begin(channel)
        self._heardAt = self._startedAt = self.server.reactor.seconds()
        self.server.hooks.tell(LOGIN_ANSWERED, LoginAnswered(self.login), self.caller)
        self.workStreams.fill()
        if self.server.config.transport.heartbeatTimeout > 0:
            self._watch()

    def replace(self, by: Control) -> Deferred[None]:
        """
        Make room for a new run of the same client, at once; a half-open connection is not waited for.

        @return: fires when names and ports are free.
        """
        self.log.info("replaced by client [{runId}]", runId=by.runId)
        by._before = self
        return self.close(Failure(TunnelLost("replaced by a new login of the same client")))

    def close(self, reason: Failure) -> Deferred[None]:
        """
        End the client: its control connection, its waiting work streams, its proxies. Users that are being served live
        on.

        @return: fires when names and ports are free.
        """
        if not self._closing:
            self._closing = True
            self._reason = reason.getErrorMessage()
            if self._heartbeat is not None:
                self._heartbeat.cancel()
            self.workStreams.close()
            channel = self.messages.end(self._reason)
            if channel is not None:
                channel.end(reason)
            self._emptied().addBoth(self._closed)
        return self._gone()

    def _gone(self) -> Deferred[None]:
        waiting: Deferred[None] = Deferred()
        self.ended.addBoth(lambda _: waiting.callback(None))
        return waiting

    def _emptied(self) -> Deferred[Any]:
        """
        @return: fires when nothing is held: no proxy is open or being opened, nor has the run before this one any.
        """
        waiting = [self.withdraw()]
        if self._opening is not None:
            waiting.append(self._opening)
        if self._before is not None:
            waiting.append(self._before._gone())
        return DeferredList(waiting)

    def withdraw(self) -> Deferred[Any]:
        """Close every proxy."""
        return DeferredList([self._close(name) for name in {**self.proxies, **self._leaving}], consumeErrors=True)

    def _closed(self, _: object) -> None:
        self.server.clients.left(self)
        if self._channel is not None:
            self.log.info("client exit success")
            seconds = self.server.reactor.seconds() - self._startedAt
            self.server.hooks.tell(CLIENT_CLOSED, ClientClosed(self._reason, seconds), self.caller)
        self.ended.callback(None)

    def lost(self, reason: Failure) -> None:
        """The control connection has ended."""
        self.log.debug("the control connection has ended: {reason}", reason=reason.getErrorMessage())
        self.close(reason)

    # Heartbeats

    def _watch(self) -> None:
        timeout = self.server.config.transport.heartbeatTimeout
        silent = self.server.reactor.seconds() - self._heardAt
        if silent > timeout:
            self._heartbeat = None
            self.log.warn("heartbeat timeout")
            self.close(Failure(TunnelLost("heartbeat timeout")))
        else:
            self._heartbeat = self.server.reactor.callLater(1, self._watch)

    async def _ping(self, ping: Ping) -> None:
        hooks = self.server.hooks
        try:
            if hooks.watches(PING):
                ping = await hooks.ask(PING, ping, self.caller)
            await maybeDeferred(self.server.authenticator.verify, ping)
        except (AuthError, Refused) as error:
            self.log.warn("received invalid ping: {reason}", reason=error.detail)
            self.messages.tell(Pong(error=self.server.tell(error, "invalid ping")))
            return
        self._heardAt = self.server.reactor.seconds()
        self.messages.tell(Pong())

    # Messages

    def _newProxy(self, message: NewProxy) -> Deferred[None]:
        return Deferred.fromCoroutine(self._register(message))

    def _pinged(self, message: Ping) -> Deferred[None]:
        return Deferred.fromCoroutine(self._ping(message))

    def _closeProxy(self, message: CloseProxy) -> Deferred[Any]:
        return self._close(message.proxy_name)

    def together(self, act: Callable[[], T]) -> T:
        """Do something that sends to the client, in one write where the client's connections share a carrier."""
        stream = self._channel.transport if self._channel is not None else None
        return stream.together(act) if stream is not None else act()

    def _requestWorkStream(self) -> None:
        self.messages.tell(ReqWorkConn())

    # Proxies

    async def _register(self, message: NewProxy) -> None:
        hooks = self.server.hooks
        response = NewProxyResp()
        id = newID()
        try:
            if hooks.watches(NEW_PROXY):
                # Of a copy, so that what is refused keeps its name.
                message = await hooks.ask(NEW_PROXY, attrs.evolve(message), self.caller, id)
            message.proxy_type = message.proxy_type or "tcp"
            response.remote_addr = await self._open(message)
        except Exception as raised:
            error = self._known(raised, message)
            self.log.warn(
                "new proxy [{name}] type [{type}] error: {reason}",
                name=message.proxy_name,
                type=message.proxy_type,
                reason=error.detail,
            )
            response.error = self.server.tell(error, f"new proxy [{message.proxy_name}] error")
            hooks.tell(PROXY_ANSWERED, ProxyAnswered(message, error=error.detail), self.caller, id)
        else:
            self.log.info("new proxy [{name}] type [{type}] success", name=message.proxy_name, type=message.proxy_type)
            hooks.tell(PROXY_ANSWERED, ProxyAnswered(message, response.remote_addr), self.caller, id)
        response.proxy_name = message.proxy_name[:MAX_NAME]
        self.messages.tell(response)

    def _known(self, error: Exception, message: NewProxy) -> FRPError:
        """The client waits for an answer, also where a kind of proxy has a bug."""
        if isinstance(error, FRPError) and not isinstance(error, PluginError):
            return error
        bug = bugBehind(error)
        if bug is not None:
            self.log.failure("proxy [{name}] could not be opened", Failure(bug), name=message.proxy_name)
        why = error.detail if isinstance(error, PluginError) else f"{type(error).__name__}: {error}"
        return Unavailable(f"new proxy [{message.proxy_name}] error", why)

    async def _open(self, message: NewProxy) -> str:
        server = self.server
        self._checkOpen()
        if len(message.proxy_name) > MAX_NAME:
            raise Refused(f"proxy name is too long: {len(message.proxy_name)} characters, at most {MAX_NAME}")
        try:
            kind = server.registry.get(IProxyKind, message.proxy_type)
        except PluginError as error:
            raise Refused(f"unknown proxy type: {message.proxy_type}", error.detail) from error
        checkAnnotations(message.annotations)
        kind.check(message, server.config)
        needed = kind.ports(message)
        allowed = server.config.maxPortsPerClient
        if 0 < allowed < self._portsUsed + needed:
            raise Refused(
                "exceed the max_ports_per_client",
                f"exceed the max_ports_per_client: {self._portsUsed} of {allowed} are used",
            )
        server.shared.names.take(message.proxy_name, self)
        opening: Deferred[None] = Deferred()
        self._opening = opening
        try:
            return await self._begin(message, needed)
        finally:
            self._opening = None
            opening.callback(None)

    def _checkOpen(self) -> None:
        """@raise Unavailable: nothing may be opened any more."""
        if self._closing:
            raise Unavailable("control is closed")
        if self.server.clients.closed:
            raise Unavailable("the server is stopping")

    async def _begin(self, message: NewProxy, needed: int) -> str:
        """Open a proxy that has its name."""
        server = self.server
        try:
            site = ServerSite(self, message)
            proxy: IServerProxy = server.registry.make(IProxyKind, message.proxy_type, "serverProxy", message, site)
            try:
                opened = proxy.open()
                address = opened if isinstance(opened, str) else await opened
            except BaseException:
                await site.release()
                raise
        except BaseException:
            server.shared.names.free(message.proxy_name)
            raise
        server.shared.statistics.began(
            message,
            site.meter,
            user=self.login.user,
            clientID=self.login.client_id or self.runId,
            address=address,
        )
        self._portsUsed += needed
        self.proxies[message.proxy_name] = _Registered(proxy, site, needed)
        try:
            self._checkOpen()
            self.dialect.encode(NewProxyResp(proxy_name=message.proxy_name, remote_addr=address))
        except FRPError:
            await self._close(message.proxy_name)
            raise
        return address

    def _close(self, name: str) -> Deferred[Any]:
        """@return: fires when the proxy's name and ports are free; at once, where there is none."""
        registered = self.proxies.pop(name, None)
        if registered is not None:
            self._portsUsed -= registered.ports
            self.server.shared.statistics.ended(name)
            registered.site.log.info("proxy closing")
            self._leaving[name] = closing = maybeDeferred(registered.proxy.close)
            closing.addBoth(lambda result: registered.site.release().addCallback(lambda _: result))
            closing.addBoth(self._left, name)
        left: Deferred[Any] = Deferred()
        if name in self._leaving:
            self._leaving[name].addCallback(lambda _: left.callback(None))
        else:
            left.callback(None)
        return left

    def _left(self, result: object, name: str) -> None:
        if isinstance(result, Failure):
            self.log.failure("proxy [{name}] did not close", result, name=name)
        self._leaving.pop(name, None)
        self.server.shared.names.free(name)
        self.log.info("close proxy [{name}] success", name=name)
        self.server.hooks.tell(CLOSE_PROXY, CloseProxy(proxy_name=name), self.caller)
