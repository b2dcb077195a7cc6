"""The proxies of one client: registered, served, and closed."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import attrs
from twisted.internet.defer import Deferred, DeferredList, succeed
from twisted.python.failure import Failure

from frp.errors import Disabled, FRPError, NameTaken, PluginError, Refused, Unavailable, bugBehind
from frp.interfaces import IProxyKind, IServerProxy, holderOf
from frp.interfaces.operations import CLOSE_PROXY, NEW_PROXY, PROXY_ANSWERED, ProxyAnswered, newID
from frp.kinds.blaming import Blame, report
from frp.proxies.registration import checkAnnotations
from frp.server.refusals import Refusals, WantedProxy
from frp.server.serving import Peer, Serving
from frp.server.site import ServerSite
from frp.values import define
from frp.wire.messages import CloseProxy, NewProxy, NewProxyResp

__all__ = ["MAX_NAME", "Published"]

MAX_NAME = 1000
"""
Characters of a name that a client gives to itself or to a proxy. In JSON each may take six bytes, and every message
that names it must fit.
"""


@define
class _Registered:
    """A proxy that is registered. Its site owns its name and ports in the registries."""

    proxy: IServerProxy
    site: ServerSite
    ports: int


class Published:
    """
    The proxies, by name.

    @ivar refused: those that the client wants, and has not.
    """

    def __init__(self, serving: Serving, peer: Peer) -> None:
        self.proxies: dict[str, _Registered] = {}
        self.refused = Refusals[WantedProxy](serving.reactor, lambda wanted: wanted.name)
        self._serving = serving
        self._peer = peer
        self._shut = ""  # why nothing may be opened any more
        self._ports = 0
        self._opening: str | None = None  # a proxy that takes its name, and is not registered yet
        self._unwanted = ""  # why it is not to be open after all
        self._settling: list[Deferred[None]] = []  # who waits for that
        self._leaving: dict[str, Deferred[None]] = {}  # proxies whose ports are being given back

    def shut(self, why: str) -> Deferred[None]:
        """
        Close every proxy, and open none any more; the client is told C{why}.

        @return: fires when the names and ports of those that are open are free.
        """
        self._shut = why
        turnstile = self._serving.turnstile
        return _all([turnstile.call(partial(self.close, name)) for name in {**self.proxies, **self._leaving}])

    def settled(self) -> Deferred[None]:
        """@return: fires when none is being opened."""
        if self._opening is None:
            return succeed(None)
        settled: Deferred[None] = Deferred()
        self._settling.append(settled)
        return settled

    # Registering

    def register(self, message: NewProxy) -> Deferred[None]:
        """Open a proxy, in its turn, and answer the client."""
        return self._serving.turnstile.call(lambda: Deferred.fromCoroutine(self._register(message)))

    async def _register(self, message: NewProxy) -> None:
        hooks, caller, log = self._serving.hooks, self._peer.caller, self._peer.log
        response = NewProxyResp()
        id = newID()
        try:
            if hooks.watches(NEW_PROXY):
                # Of a copy, so that what is refused keeps its name.
                message = await hooks.ask(NEW_PROXY, attrs.evolve(message), caller, id)
            message.proxy_type = message.proxy_type or "tcp"
            response.remote_addr = await self._open(message)
        except Exception as raised:
            error = self._known(raised, message)
            log.warn(
                "new proxy [{name}] type [{type}] error: {reason}",
                name=message.proxy_name,
                type=message.proxy_type,
                reason=error.detail,
            )
            response.error = self._serving.tell(error, f"new proxy [{message.proxy_name}] error")
            wanted = WantedProxy(message.proxy_name, message.proxy_type)
            self.refused.note(wanted, error.detail, error.cause, error.holder)
            self._serving.shared.statistics.refused[error.cause] += 1
            hooks.tell(PROXY_ANSWERED, ProxyAnswered(message, error=error.detail), caller, id)
        else:
            log.info("new proxy [{name}] type [{type}] success", name=message.proxy_name, type=message.proxy_type)
            self.refused.forget(WantedProxy(message.proxy_name, message.proxy_type))
            hooks.tell(PROXY_ANSWERED, ProxyAnswered(message, response.remote_addr), caller, id)
        response.proxy_name = message.proxy_name[:MAX_NAME]
        self._peer.messages.tell(response)

    def _known(self, error: Exception, message: NewProxy) -> FRPError:
        """The client waits for an answer, also where a kind of proxy has a bug."""
        if isinstance(error, FRPError) and not isinstance(error, PluginError):
            return error
        bug = bugBehind(error)
        if bug is not None:
            self._peer.log.failure("proxy [{name}] could not be opened", Failure(bug), name=message.proxy_name)
        brief = f"new proxy [{message.proxy_name}] error"
        if isinstance(error, PluginError):
            return Unavailable(f"{brief}: {error.brief}", error.detail)
        return Unavailable(brief, f"{type(error).__name__}: {error}")

    async def _open(self, message: NewProxy) -> str:
        self._check()
        needed = self._needed(message)
        site = ServerSite(self._serving, self._peer, message)
        self._opening = message.proxy_name
        try:
            return await self._named(message, site, needed)
        finally:
            self._opening, self._unwanted = None, ""
            while self._settling:
                self._settling.pop().callback(None)

    def _check(self) -> None:
        """
        @raise Unavailable: nothing may be opened any more.
        @raise Disabled: an operator does not want the one that is being opened.
        """
        if self._shut:
            raise Unavailable(self._shut)
        if self._unwanted:
            raise Disabled(self._unwanted)

    def _needed(self, message: NewProxy) -> int:
        """
        @return: how many ports it takes.
        @raise Refused: it is not to be had, whatever others have.
        """
        config, registry = self._serving.config, self._serving.registry
        if len(message.proxy_name) > MAX_NAME:
            raise Refused(f"proxy name is too long: {len(message.proxy_name)} characters, at most {MAX_NAME}")
        try:
            registry.get(IProxyKind, message.proxy_type)
        except PluginError as error:
            raise Refused(f"unknown proxy type: {message.proxy_type}", error.detail) from error
        checkAnnotations(message.annotations)
        registry.call(IProxyKind, message.proxy_type, "check", message, config)
        needed: int = registry.call(IProxyKind, message.proxy_type, "ports", message)
        allowed = config.maxPortsPerClient
        if 0 < allowed < self._ports + needed:
            raise Refused(
                "exceed the max_ports_per_client",
                f"exceed the max_ports_per_client: {self._ports} of {allowed} are used",
            )
        return needed

    async def _named(self, message: NewProxy, site: ServerSite, needed: int) -> str:
        """Open a proxy that is to have its name."""
        name, names = message.proxy_name, self._serving.shared.names
        holder = await names.claim(name, site)
        if holder is not None:
            why = f"proxy [{name}] already exists"
            raise NameTaken(why, f"{why}: {holder!r} has it", holder=holderOf(holder))
        await self._serving.shared.mirrored.yielded(name)
        try:
            proxy: IServerProxy = self._serving.registry.make(
                IProxyKind, message.proxy_type, "serverProxy", message, site
            )
            try:
                address = await self._opened(proxy, message.proxy_type)
            except BaseException:
                await site.release()
                raise
        except BaseException:
            await names.release(name, site)
            raise
        login = self._peer.login
        self._serving.shared.statistics.began(
            message, site.meter, user=login.user, clientID=login.client_id or self._peer.runId, address=address
        )
        self._ports += needed
        self.proxies[name] = _Registered(proxy, site, needed)
        try:
            self._check()
            self._peer.dialect.encode(NewProxyResp(proxy_name=name, remote_addr=address))
            if self._serving.others is not None:
                await self._serving.others.announce(self._peer, message, site.port)
        except FRPError:
            await self.close(name)
            raise
        return address

    async def _opened(self, proxy: IServerProxy, kind: str) -> str:
        """@raise PluginError: it is not opened as its interface says."""
        blame = Blame(IProxyKind, kind, IServerProxy)
        address = await blame.ask(proxy, "open")
        if not isinstance(address, str):
            raise blame.of(TypeError(f"its answer is {address!r}, and no address"), proxy, "open")
        return address

    # Closing

    def siteOf(self, name: str) -> ServerSite | None:
        """@return: that of a proxy that is open; None where it is not."""
        registered = self.proxies.get(name)
        return None if registered is None else registered.site

    def has(self, name: str) -> bool:
        """Whether a proxy is open, or is being opened."""
        return name in self.proxies or name == self._opening

    def takeBack(self, name: str, why: str) -> None:
        """
        Close a proxy that is here (L{has}), of a client that knows what an unasked refusal means. One that is being
        opened is refused.
        """
        if name not in self.proxies:
            self._unwanted = why
            return
        wanted = WantedProxy(name, self.proxies[name].site.message.proxy_type)
        self.close(name)
        self.refused.note(wanted, why, Disabled.cause)
        self._peer.messages.tell(NewProxyResp(proxy_name=name, error=why))

    def close(self, name: str) -> Deferred[None]:
        """@return: fires when the proxy's name and ports are free; at once, where there is none."""
        self.refused.forget(WantedProxy(name, ""))
        registered = self.proxies.pop(name, None)
        if registered is not None:
            self._ports -= registered.ports
            self._serving.shared.statistics.ended(name)
            registered.site.log.info("proxy closing")
            self._leaving[name] = Deferred()
            closing = Blame(IProxyKind, registered.site.message.proxy_type, IServerProxy).ask(registered.proxy, "close")
            closing.addBoth(lambda result: registered.site.release().addCallback(lambda _: result))
            closing.addBoth(self._closed, name, registered.site)
        return _all([self._leaving[name]] if name in self._leaving else [])

    def _closed(self, result: object, name: str, site: ServerSite) -> Deferred[None]:
        if isinstance(result, Failure):
            report(self._peer.log, "proxy [{name}] did not close", result, name=name)
        return self._serving.shared.names.release(name, site).addBoth(self._left, name)

    def _left(self, result: object, name: str) -> None:
        if isinstance(result, Failure):
            report(self._peer.log, "the name of proxy [{name}] could not be given back", result, name=name)
        left = self._leaving.pop(name)
        self._peer.log.info("close proxy [{name}] success", name=name)
        self._serving.hooks.tell(CLOSE_PROXY, CloseProxy(proxy_name=name), self._peer.caller)
        left.callback(None)


def _all(waiting: Iterable[Deferred[None]]) -> Deferred[None]:
    """@return: fires when all have fired, which others may wait for as well."""
    return DeferredList(waiting).addCallback(lambda _: None)
