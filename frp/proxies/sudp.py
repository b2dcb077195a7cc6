"""C{type = "sudp"}: a local service for the datagrams of visitors, without a port of the server."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred, maybeDeferred
from zope.interface import implementer

from frp.config.proxy import ProxyConfig
from frp.config.schema import table
from frp.interfaces import IClientProxy, IClientSite, IProxyKind, IStream
from frp.proxies.localdatagrams import LocalDatagrams, endpointProblem
from frp.proxies.stcp import Secret, SecretConfig
from frp.session.datagrams import Losses
from frp.wire.messages import StartWorkConn

__all__ = ["SUDP", "SUDPConfig"]


@table
class SUDPConfig(SecretConfig):
    """A local service for the datagrams of visitors, without a port of the server."""

    problems = endpointProblem


class _Visit(LocalDatagrams):
    """
    The work stream of one visitor, and the sockets of its users. A visitor that is given nothing for 60 seconds goes,
    hence the pings.
    """

    said = "sudp"
    vouched = False

    def __init__(self, config: ProxyConfig, site: IClientSite, losses: Losses, left: Callable[[_Visit], None]) -> None:
        super().__init__(config, site, losses)
        self._left = left

    def _streamLost(self, why: str) -> None:
        super()._streamLost(why)
        self._left(self)
        self.close()


@implementer(IClientProxy)
class _Visits:
    """frpc's half. Each visitor has a work stream of its own: the users of two visitors may have the same address."""

    def __init__(self, config: ProxyConfig, site: IClientSite) -> None:
        self._config = config
        self._site = site
        self._losses = Losses(site.clock, site.log)
        self._address = ""
        self._visits: dict[_Visit, None] = {}

    def open(self) -> Deferred[None]:
        """The name of the local service is looked up once."""
        return maybeDeferred(self._site.resolve, self._config.localIP).addCallback(self._resolved)

    def _resolved(self, address: str) -> None:
        self._address = address

    def serve(self, stream: IStream, start: StartWorkConn, rest: bytes) -> None:
        visit = _Visit(self._config, self._site, self._losses, self._visits.pop)
        visit.towards(self._address)
        self._visits[visit] = None
        visit.serve(stream, start, rest)

    def close(self) -> None:
        """The visitors' streams end with the proxy: kept up by our pings they would last for ever."""
        for visit in list(self._visits):
            visit.close()
        self._visits.clear()
        self._losses.say()


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

    clientProxy = _Visits
    datagrams = True
