"""From a place to connections that Redis answers on, as who the configuration says that we are."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred, TimeoutError
from twisted.internet.error import ConnectError, DNSLookupError
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint, ITCPTransport
from twisted.internet.protocol import Factory
from txredisapi import RedisError, RedisProtocol, ResponseError, SubscriberProtocol

from frp.directories.redis.url import PATH, Place
from frp.errors import ConfigError, FRPError, Unavailable
from frp.interfaces import IReactor, ITLSSide
from frp.sockets.addresses import connectFault, endpointFor
from frp.sockets.tlsends import TLSEndpoint
from frp.sockets.tlsside import clientContext, systemContext
from frp.values import frozen
from frp.wire.address import authority

__all__ = ["NOT_NOW", "Connection", "Ears", "Store", "refused"]

#: First words of what Redis says where nothing that is asked there now is of use, and another connection may help.
NOT_NOW = {"FENCED", "NOSCRIPT", "READONLY", "LOADING", "MASTERDOWN", "BUSY", "UNKILLABLE", "NOREPLICAS"}

#: By the first word of a refusal: what to do.
_HINTS = {
    "WRONGPASS": "see the user and the password in the URL, redis://USER:PASSWORD@HOST",
    "NOAUTH": "it wants a password: redis://:PASSWORD@HOST, or redis://USER:PASSWORD@HOST",
    "NOPERM": "let the user run scripts, publish and subscribe: ACL SETUSER NAME ~PREFIX:* &PREFIX:* +@all -@dangerous",
}

#: By how a refusal begins whose words are of no use: what it means, and what to do.
_MEANT = {
    "ERR AUTH ": ("it has no password, and is given one", "leave it out of the URL, or give Redis one: requirepass"),
    "ERR DB index ": ("it has no such database", "its databases begin with 0; how many there are is its own setting"),
}


class Connection(RedisProtocol):
    """
    What questions are asked on. txredisapi speaks; that somebody comes again is not its business here.

    What is no answer of Redis' ends it.
    """

    def __init__(self) -> None:
        # All that is said is text.
        super().__init__(charset="utf-8", convertNumbers=False)

    def dataReceived(self, data: bytes, unpause: bool = False) -> None:
        """Some bytes of answers."""
        try:
            super().dataReceived(data, unpause)
        except RedisError:
            self.transport.abortConnection()


class Ears(Connection, SubscriberProtocol):
    """What is heard of changes on."""

    def __init__(self, heard: Callable[[str], object]) -> None:
        super().__init__()
        self._heard = heard

    def messageReceived(self, pattern: str | None, channel: str, message: str) -> None:
        """Somebody has published something."""
        self._heard(message)


@frozen
class _Files:
    """@see: L{frp.sockets.certificates.ClientTLSFields}."""

    certFile: str
    keyFile: str
    trustedCaFile: str
    serverName: str = ""


class Store:
    """One place. Whoever connects asks sentinels first, if there are any."""

    def __init__(self, place: Place, reactor: IReactor, clock: IReactorTime, patience: float) -> None:
        """@param patience: seconds for a connection, without what is said on it."""
        self.place = place
        self._reactor, self._clock = reactor, clock
        self._patience = patience
        self._side = self._tls() if place.overTLS else None
        self._known = False  # it has let us in

    def _tls(self) -> ITLSSide:
        """@raise ConfigError: a file cannot be read or used."""
        place, ((host, _),) = self.place, self.place.hosts
        if not place.ca:
            return systemContext(host)
        try:
            return clientContext(_Files(place.cert, place.key, place.ca), host, PATH)
        except ConfigError as error:
            raise ConfigError(PATH, error.problem, hint="ca, cert and key in the URL are files of PEM") from None

    async def connect(self, *kinds: Callable[[], Connection]) -> list[Connection]:
        """
        @return: a connection of each kind, to one store, on which our user and database are set.
        @raise ConfigError: it does not want us.
        @raise Unavailable: it cannot be reached.
        """
        host, port = await self._found()
        protocols: list[Connection] = []
        try:
            for kind in kinds:
                protocol = await self._dialled(host, port, kind)
                protocols.append(protocol)
                await self._introduce(protocol)
        except BaseException:
            for protocol in protocols:
                protocol.transport.abortConnection()
            raise
        return protocols

    async def _found(self) -> tuple[str, int]:
        if not self.place.master:
            return self.place.hosts[0]
        # One that says nothing leaves time for the others.
        patience = self._patience / (len(self.place.hosts) + 1)
        problems = []
        for host, port in self.place.hosts:
            asked = Deferred.fromCoroutine(self._asked(host, port))
            try:
                return await asked.addTimeout(patience, self._clock)
            except Unavailable as error:
                problems.append(error.detail)
            except TimeoutError:
                problems.append(f"the sentinel {authority(host, port)} does not answer")
        raise Unavailable("the directory cannot be reached", "; ".join(problems))

    async def _asked(self, host: str, port: int) -> tuple[str, int]:
        sentinel = await self._dialled(host, port, Connection)
        try:
            found = await sentinel.execute_command("SENTINEL", "get-master-addr-by-name", self.place.master)
        except RedisError as error:
            problem = f"the sentinel {authority(host, port)} says: {error}"
        else:
            if found:
                return str(found[0]), int(found[1])
            problem = f"the sentinel {authority(host, port)} knows no {self.place.master!r}"
        finally:
            sentinel.transport.abortConnection()
        raise Unavailable("the directory cannot be reached", problem)

    async def _dialled(self, host: str, port: int, kind: Callable[[], Connection]) -> Connection:
        endpoint: IStreamClientEndpoint = endpointFor(self._reactor, host, port, self._patience)
        if self._side is not None:
            endpoint = TLSEndpoint(endpoint, self._side, self._reactor)
        factory = Factory.forProtocol(kind)
        factory.noisy = False
        try:
            protocol = await endpoint.connect(factory)
            assert isinstance(protocol, Connection)
            socket = ITCPTransport(protocol.transport, None)
            if socket is not None:
                socket.setTcpNoDelay(True)
        except (ConnectError, DNSLookupError) as error:
            text = f"{self.place}: {authority(host, port)}: {connectFault(error)}; does Redis run there?"
            raise Unavailable("the directory cannot be reached", text) from None
        except FRPError as error:
            hint = "is it TLS that is spoken there, and is ?ca=FILE the authority of its certificate?"
            raise ConfigError(PATH, f"{authority(host, port)}: {error.brief}", hint=hint) from None
        return protocol

    async def _introduce(self, protocol: Connection) -> None:
        place = self.place
        try:
            if place.password:
                await protocol.execute_command("AUTH", *([place.user] if place.user else []), place.password)
            await protocol.execute_command("SELECT", place.database)
        except ResponseError as error:
            raise refused(place, error) from None
        except RedisError:
            hint = "" if place.overTLS else " if it wants TLS, write rediss://"
            doubt = "" if self._known else f"; is it Redis?{hint}"
            raise Unavailable("the directory cannot be reached", f"{place} ends the connection{doubt}") from None
        self._known = True


def refused(place: Place, error: ResponseError) -> FRPError:
    """@return: for what Redis says to who comes."""
    said = str(error).strip()
    if said.partition(" ")[0] in NOT_NOW:
        return Unavailable("the directory cannot be reached", f"{place} says {said}")
    for beginning, (meant, hint) in _MEANT.items():
        if said.startswith(beginning):
            return ConfigError(PATH, f"{place} refuses: {meant}", hint=hint)
    return ConfigError(PATH, f"{place} refuses: {said}", hint=_HINTS.get(said.partition(" ")[0], ""))
