"""Warnings about values that are taken all the same."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from frp.config.clientfile import clientFromValues
from frp.config.serverfile import serverFromValues
from frp.kinds import Registry


class PortTests(SynchronousTestCase):
    """Ports that there are not, where the reference does not look at them."""

    def said(self, **values: Any) -> tuple[str, ...]:
        """What is said of a client."""
        return clientFromValues(values, registry=Registry()).doubts

    def test_server(self) -> None:
        """The port of frps."""
        self.assertEqual(self.said(serverPort=70000), ("serverPort: there is no port 70000: ports go from 0 to 65535",))
        self.assertEqual(self.said(serverPort=65535), ())

    def test_servers(self) -> None:
        """Each of several has its place."""
        servers = [{"addr": "a"}, {"addr": "b", "port": -1}]
        self.assertEqual(
            self.said(servers=servers), ("servers[1].port: there is no port -1: ports go from 0 to 65535",)
        )

    def test_proxy(self) -> None:
        """A proxy is named, for it may come from another file."""
        proxy = {"name": "web", "type": "tcp", "localPort": 80, "remotePort": 65536}
        self.assertEqual(
            self.said(proxies=[proxy]), ("proxy web: remotePort: there is no port 65536: ports go from 0 to 65535",)
        )

    def test_visitor(self) -> None:
        """So is a visitor; one that listens nowhere has a negative port."""
        visitor = {"type": "stcp", "serverName": "s", "secretKey": "k"}
        visitors = [{**visitor, "name": "none", "bindPort": -1}, {**visitor, "name": "far", "bindPort": 99999}]
        self.assertEqual(
            self.said(visitors=visitors),
            ("visitor far: bindPort: there is no port 99999: ports go from 0 to 65535",),
        )

    def test_gateway(self) -> None:
        """frps looks at the port of its SSH gateway."""
        loaded = serverFromValues({"sshTunnelGateway": {"bindPort": 70000}}, registry=Registry())
        self.assertEqual(
            loaded.doubts, ("sshTunnelGateway.bindPort: there is no port 70000: ports go from 0 to 65535",)
        )
