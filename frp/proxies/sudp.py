"""C{type = "sudp"}: a local service for the datagrams of visitors, without a port of the server."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IDelayedCall
from zope.interface import implementer

from frp.config.proxy import ProxyConfig
from frp.config.schema import Problem, table
from frp.interfaces import IClientProxy, IClientSite, IProxyKind, IStream
from frp.proxies.localdatagrams import PING, Users, endpointProblem
from frp.proxies.secret import Secret, SecretConfig
from frp.session.datagrams import DatagramLink, Losses
from frp.wire.address import hostPort
from frp.wire.dialect import Packet
from frp.wire.messages import StartWorkConn

__all__ = ["SUDP", "SUDPConfig"]


@table
class SUDPConfig(SecretConfig):
    """A local service for the datagrams of visitors, without a port of the server."""

    def problems(self, at: str, allowed: Collection[str]) -> Iterator[Problem]:
        """Datagrams need an address."""
        yield from endpointProblem(self)


class _Visit:
    """
    The work stream of one visitor, and the sockets of its users. A visitor that is given nothing for 60 seconds goes,
    hence the pings.
    """

    def __init__(self, proxy: _Visits, service: tuple[str, int], version: str) -> None:
        """@param version: as for L{Users}."""
        site, losses = proxy.site, proxy.losses
        self.link = DatagramLink(site.dialect, site.clock, losses, self._received, self._lost)
        self._proxy = proxy
        self._users = Users(site, service, self.link, losses, version)
        self._timer: IDelayedCall = site.clock.callLater(PING, self._ping)

    def _received(self, packets: list[Packet]) -> None:
        self._users.receive(packets)

    def _ping(self) -> None:
        self._timer = self._proxy.site.clock.callLater(PING, self._ping)
        self.link.ping()

    def _lost(self, why: str) -> None:
        self._proxy.site.log.info("the work connection for sudp has ended: {reason}", reason=why)
        self._proxy.left(self)
        self._end()

    def _end(self) -> None:
        self._timer.cancel()
        self._users.close()

    def close(self) -> None:
        """Let go of the stream and the sockets."""
        self._end()
        self.link.close()


@implementer(IClientProxy)
class _Visits:
    """
    frpc's half. Each visitor has a work stream of its own, and the users of two visitors may have the same address.
    """

    def __init__(self, config: ProxyConfig, site: IClientSite) -> None:
        self.site = site
        self.losses = Losses(site.clock, site.log)
        self._config = config
        self._address = ""
        self._visits: dict[_Visit, None] = {}

    def open(self) -> Deferred[None]:
        """The name of the local service is looked up once."""
        return maybeDeferred(self.site.resolve, self._config.localIP).addCallback(self._resolved)

    def _resolved(self, address: str) -> None:
        self._address = address

    def serve(self, stream: IStream, start: StartWorkConn, rest: bytes) -> None:
        self.site.log.info("incoming a new work connection for sudp proxy, {peer}", peer=hostPort(stream.getPeer()))
        config = self._config
        visit = _Visit(self, (self._address, config.localPort), config.transport.proxyProtocolVersion)
        self._visits[visit] = None
        self.site.handOver(stream, visit.link.protocol(), rest)

    def left(self, visit: _Visit) -> None:
        """A visitor's stream has ended."""
        self._visits.pop(visit, None)

    def close(self) -> None:
        """The visitors' streams end with the proxy: kept up by our pings they would last for ever."""
        visits, self._visits = self._visits, {}
        for visit in visits:
            visit.close()
        self.losses.say()


@implementer(IProxyKind)
class SUDP(Secret):
    schema = SUDPConfig
    examples = (
        """
name = "dns"
type = "sudp"
secretKey = "change me"
localPort = 53
""",
    )

    def clientProxy(self, config: SUDPConfig, site: IClientSite) -> IClientProxy:
        return _Visits(config, site)
