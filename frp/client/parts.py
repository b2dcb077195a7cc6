"""What a client works with; above all its parts, which its proxies, plugins and visitors share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast
from weakref import WeakKeyDictionary, WeakValueDictionary

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorPluggableResolver, IReactorTime
from twisted.internet.protocol import DatagramProtocol
from zope.interface import implementer

from frp.client.running import RunningProxy
from frp.config.client import ClientConfig
from frp.config.kindtables import tableOf
from frp.errors import PluginError, Unavailable
from frp.interfaces import (
    Flowing,
    IAuthenticator,
    IAuthenticatorKind,
    IClientPart,
    IClientPartKind,
    IClientPartSite,
    IDialSite,
    IReactor,
)
from frp.joining.traffic import Traffic
from frp.kinds import Registry
from frp.kinds.awaiting import asked
from frp.kinds.blaming import Blame
from frp.logs import Log
from frp.session.turnstile import Turnstile
from frp.values import frozen
from frp.wire.dialect import Dialect
from frp.wire.dialect import User as Address
from frp.wire.messages import ClientSpec, Login, NewWorkConn, Ping

__all__ = ["DNS", "Among", "Parts", "Prepared", "Senders", "SendersKind", "Towards"]


@implementer(IClientPartSite)
@frozen
class _PartSite:
    reactor: IReactor
    log: Log
    table: Any

    @property
    def clock(self) -> IReactorTime:
        return self.reactor


class Parts:
    """One of each installed kind that the configuration asks for."""

    def __init__(self) -> None:
        self._parts: dict[str, IClientPart] = {}
        self._later: dict[str, Callable[[], IClientPart | None]] = {}  # those that are made on demand

    async def start(self, registry: Registry, config: ClientConfig, reactor: IReactor, log: Log) -> None:
        """
        Make and start the parts, in the order of their names, but those that are made on demand. A kind that cannot be
        loaded has no part: the log says so, and whoever asks for the part is told.

        @raise FRPError: one part cannot be had; those that were started are stopped.
        """
        try:
            wanted = {one.name: one for one in registry.contributions(IClientPartKind) if one.wanted(config)}
            for name in sorted(wanted):
                make = partial(_made, name, registry, config, reactor, log)
                if wanted[name].onDemand:
                    self._later[name] = make
                    continue
                try:
                    registry.get(IClientPartKind, name)
                except PluginError as error:
                    log.warn("the part {name} is left out: {reason}", name=name, reason=error.detail)
                    continue
                part = make()
                if part is not None:
                    await asked(part.start)
                    self._parts[name] = part
        except BaseException:
            await self.stop(log)
            raise

    def made(self, name: str) -> Any:
        """@return: the part, or None where it has not been made."""
        return self._parts.get(name)

    def find(self, name: str) -> Any:
        """
        @raise Unavailable: there is none of this kind.
        @raise FRPError: one that is made on demand cannot be had.
        """
        part = self._parts.get(name) or self._demanded(name)
        if part is None:
            why = "no such part is installed, or the configuration does not ask for it"
            raise Unavailable(f"the client has no {name}", f"the client has no {name}: {why}")
        return part

    def _demanded(self, name: str) -> IClientPart | None:
        make = self._later.get(name)
        part = None if make is None else make()
        if part is not None:
            part.start()
            self._parts[name] = part
        return part

    async def stop(self, log: Log) -> None:
        """Stop the parts, the last one first. One that fails to does not keep the others from it."""
        self._later.clear()
        while self._parts:
            name, part = self._parts.popitem()
            try:
                await asked(part.stop)
            except Exception:
                log.failure("the part {name} did not stop", name=name)


def _made(name: str, registry: Registry, config: ClientConfig, reactor: IReactor, log: Log) -> IClientPart | None:
    site = _PartSite(reactor, log.about(part=name), tableOf(config, name, registry))
    made: IClientPart | None = registry.make(IClientPartKind, name, "part", config, site)
    return made


@frozen
class Among:
    """
    One of several clients of a process.

    @ivar name: what the log calls it.
    @ivar turnstile: where all of them wait for their turn.
    """

    name: str
    turnstile: Turnstile


@frozen(eq=False, kw_only=True)
class Prepared:
    """
    Made by L{FRPClient<frp.client.service.FRPClient>} at each start, and handed to all that lives until it stops.

    @ivar dialect: what it speaks to frps, until frps says otherwise.
    @ivar flowing: the users that are being served.
    @ivar changed: is told of every proxy that enters a phase.
    @ivar missed: is told of proxies whose service a user did not reach.
    @ivar spec: what kind of client it says it is.
    @ivar turnstile: where it waits for its turn with what takes long, as do the other clients of this process.
    @ivar traffic: what each proxy carries, by its name; None where nobody looks.
    """

    reactor: IReactor
    config: ClientConfig
    registry: Registry
    dialect: Dialect
    parts: Parts
    flowing: Flowing
    changed: Callable[[RunningProxy], object]
    missed: Callable[[RunningProxy], object]
    log: Log
    turnstile: Turnstile
    spec: ClientSpec
    traffic: Mapping[str, Traffic] | None

    def towards(self, config: ClientConfig, log: Log, authenticator: IAuthenticator, dialSite: IDialSite) -> Towards:
        """@return: the same for one server: all but what is given here is what the client has."""
        common = attrs.asdict(self, recurse=False)
        own = {"config": config, "log": log, "authenticator": authenticator, "dialSite": dialSite}
        return Towards(**{**common, **own})


@frozen(eq=False, kw_only=True)
class Towards(Prepared):
    """
    The same for sessions with one server, and their proxies.

    @ivar config: of a client that knows no other server.
    @ivar log: names the server, where there are several.
    """

    authenticator: IAuthenticator
    dialSite: IDialSite

    _blame: Blame = attrs.field(init=False)

    @_blame.default
    def _authentication(self) -> Blame:
        return Blame(IAuthenticatorKind, self.config.auth.method, IAuthenticator)

    def sign(self, message: Login | Ping | NewWorkConn) -> Deferred[object]:
        """Let the authenticator fill in its proof. Fails with L{FRPError<frp.errors.FRPError>}."""
        return self._blame.ask(self.authenticator, "sign", message)

    def close(self) -> Deferred[object]:
        """Nobody goes there any more. Where the authenticator fails at that, the log says so."""
        return self._blame.close(self.authenticator, self.log, "the authenticator did not close")


@implementer(IClientPart)
@frozen
class _Server:
    """@ivar address: C{host} or C{host:port}; brackets around an IPv6 address with a port."""

    reactor: IReactor
    address: str

    def start(self) -> None:
        """Resolve names by C{/etc/hosts} and this server; for the whole process, as with the reference."""
        from twisted.names.client import Resolver
        from twisted.names.hosts import Resolver as Hosts
        from twisted.names.resolve import ResolverChain

        host, port = _split(self.address)
        resolver = ResolverChain([Hosts(), Resolver(servers=[(host, port)], reactor=self.reactor)])
        cast(IReactorPluggableResolver, self.reactor).installResolver(resolver)

    def stop(self) -> None:
        """Other clients of the process may count on it."""


@implementer(IClientPartKind)
class DNS:
    """The part C{dns}: with C{dnsServer}, names are asked of one server, not of the system's."""

    def part(self, config: ClientConfig, site: IClientPartSite) -> IClientPart | None:
        return _Server(site.reactor, config.dnsServer) if config.dnsServer else None


def _split(address: str) -> tuple[str, int]:
    if address.startswith("["):
        host, _, port = address[1:].partition("]")
        return host, int(port.removeprefix(":") or 53)
    if address.count(":") == 1:
        host, _, port = address.partition(":")
        return host, int(port)
    return address, 53


@implementer(IClientPart)
class Senders:
    """
    The part C{senders}: which users the UDP sockets towards local services are for, by the numbers of their ports, for
    as long as they are open.
    """

    def __init__(self) -> None:
        self._protocols: WeakValueDictionary[int, DatagramProtocol] = WeakValueDictionary()
        self._users: WeakKeyDictionary[DatagramProtocol, Address] = WeakKeyDictionary()

    def start(self) -> None:
        """Nobody has a socket yet."""

    def stop(self) -> None:
        """Whoever has opened a socket has closed it."""

    def add(self, port: int, protocol: DatagramProtocol, user: Address) -> None:
        self._protocols[port] = protocol
        self._users[protocol] = user

    def find(self, port: int) -> Address | None:
        """@return: whose the socket with this port is."""
        protocol = self._protocols.get(port)
        # Twisted takes the transport away when the socket is closed.
        if protocol is None or protocol.transport is None:
            return None
        return self._users[protocol]


@implementer(IClientPartKind)
class SendersKind:
    def part(self, config: ClientConfig, site: IClientPartSite) -> Senders:
        return Senders()
