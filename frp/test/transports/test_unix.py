"""A transport as somebody else would write it: over a Unix socket."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import UNIXClientEndpoint
from zope.interface import implementer

from frp.config.schema import key, table
from frp.errors import Refused
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

    path: str = key("", "The socket's path.", required=True, place=True)


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


class _Plain(Unix):
    """Dials without a word of its own about errors."""

    def dial(self, site: IDialSite) -> Deferred[ISession]:
        reactor: Any = site.reactor
        return sessionOver(UNIXClientEndpoint(reactor, site.table.path), site)


class PlainTests(NetworkTestCase):
    """A transport that leaves the errors of Twisted as they are."""

    registry = registryWith(Contribution(ITunnelTransport, "unix", "a Unix socket", _Plain()))

    def test_nobody(self) -> None:
        """They are told like others, with and without tcpMux: no bug of anybody."""
        for mux in (True, False):
            transport = {"protocol": "unix", "tcpMux": mux, "unix": {"path": "/run/frps.sock"}}
            client = self.network.client(loginFailExit=True, transport=transport)
            error = self.network.failures[client].value
            self.assertIsInstance(error, Refused)
            self.assertIn("dial unix: connect: connection refused. ", str(error))
        self.assertEqual(self.flushLoggedErrors(), [])
