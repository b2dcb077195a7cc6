"""What frps has at hand before anybody comes."""

from __future__ import annotations

import sys
from subprocess import run

from frp.config.serverfile import serverFromValues
from frp.interfaces import IProxyKind
from frp.kinds import Contribution
from frp.server.service import FRPServer
from frp.server.shared import Shared
from frp.sockets import tlsside
from frp.sockets.certificates import Pair, generated
from frp.testing.cases import NetworkTestCase
from frp.testing.misbehaving import registryWith
from frp.testing.network import Network


class ReadyTests(NetworkTestCase):
    """What the first client would wait for."""

    def setUp(self) -> None:
        super().setUp()
        self.made: list[Pair] = []
        self.patch(tlsside, "generated", self.generated)

    def generated(self) -> Pair:
        """Notes what is made."""
        self.made.append(generated())
        return self.made[-1]

    def test_certificate(self) -> None:
        """The one that frps makes for itself is there before anybody comes."""
        self.network.server()
        self.network.advance(0)
        self.assertEqual(len(self.made), 1)
        self.assertIsNotNone(self.network.client(transport={"tls": {"enable": True}}).session)
        self.assertEqual(len(self.made), 1)

    def test_stopped(self) -> None:
        """Nothing is made for a server that is stopped at once."""
        registry, reactor = self.network.registry, self.network.reactor
        config = serverFromValues({"bindPort": 7000}, registry=registry).config
        server = FRPServer(reactor, config, registry, Shared.inMemory(reactor, config, probe=reactor.probe))
        server.startService()
        self.successResultOf(server.started)
        stopping = server.stopService()
        self.network.advance(1)
        self.successResultOf(stopping)
        self.assertEqual(self.made, [])

    def test_little(self) -> None:
        """A server that is alone, and shows nothing, has nothing of what several are for."""
        code = (
            "import sys\n"
            "from frp.testing.network import Network\n"
            "network = Network()\n"
            "assert network.server().started.called\n"
            "network.advance(1)\n"
            "network.stop()\n"
            "several = ('frp.server.cluster', 'frp.server.whole.', 'frp.server.moderation', 'frp.sockets.accepting')\n"
            "needed = ('frp.server.whole.fellows',)\n"
            "sys.exit(' '.join(name for name in sys.modules if name.startswith(several) and name not in needed))\n"
        )
        self.assertEqual(run([sys.executable, "-c", code], capture_output=True, check=False).stderr, b"\n")

    def test_proxy(self) -> None:
        """So is the usual type of proxy; where it is broken it is the client's that wants it who hears of it."""
        registry = registryWith(Contribution(IProxyKind, "tcp", "broken", "no.such.module"))
        network = Network(registry)
        self.assertTrue(network.server().started.called)
        network.advance(0)
        self.assertEqual(network.stop(), [])
