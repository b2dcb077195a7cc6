"""A transport as somebody else would write it: over a Unix socket."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import UNIXClientEndpoint
from zope.interface import implementer

from frp.config.schema import key, table
from frp.interfaces import IConfigured, IDialSite, IListenSite, ISession, ITunnelTransport
from frp.kinds import Contribution
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts import TransportContract
from frp.testing.misbehaving import registryWith
from frp.transports.carrier import secured, sessionOver
from frp.transports.dial import Dialled


@table
class UnixConfig:
    """A Unix socket."""

    path: str = key("", "The socket's path.")


@implementer(ITunnelTransport, IConfigured)
class Unix:
    """C{transport.protocol = "unix"}: to an frps on the same machine."""

    schema = UnixConfig
    examples = ('path = "/run/frps.sock"\n',)

    def dial(self, site: IDialSite) -> Deferred[ISession]:
        """Reach the socket."""
        reactor: Any = site.reactor
        path = site.table.path
        endpoint = UNIXClientEndpoint(reactor, path, site.config.transport.dialServerTimeout)
        return sessionOver(secured(Dialled(endpoint, path, "is frps running?", network="unix"), site), site)

    def listen(self, site: IListenSite) -> None:
        """Open the socket, where there is to be one."""
        reactor: Any = site.reactor
        if site.table.path:
            site.opened(reactor.listenUNIX(site.table.path, site.carriers, wantPID=True))


UNIX = Contribution(ITunnelTransport, "unix", "a Unix socket", Unix())


class UnixTests(TransportContract, NetworkTestCase):
    """It keeps what every transport promises."""

    registry = registryWith(UNIX)
    name = "unix"
    clientSettings = {"unix": {"path": "/run/frps.sock"}}
    serverSettings = {"transport": clientSettings}

    @property
    def port(self) -> int:
        return self.network.reactor.behind("/run/frps.sock")
