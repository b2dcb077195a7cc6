"""What the connections of a proxy carry, counted as it passes."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from frp.joining.traffic import Traffic
from frp.testing.cases import NetworkTestCase


class CountingTests(SynchronousTestCase):
    """The sum."""

    def test_sum(self) -> None:
        """What is open is asked, what is over has said it."""
        traffic, one, other = Traffic(), object(), object()
        traffic.began(one)
        traffic.began(other)
        self.assertEqual((traffic.open, traffic.total, traffic.counts()), (2, 2, (0, 0)))
        traffic.follow(one, lambda: (1, 10))
        traffic.follow(other, lambda: (2, 20))
        self.assertEqual(traffic.counts(), (3, 30))
        traffic.ended(one, 5, 50)
        self.assertEqual((traffic.open, traffic.total, traffic.counts()), (1, 2, (7, 70)))


class ProxyTests(NetworkTestCase):
    """A client at whose proxies somebody looks."""

    def tunnel(self, **proxy: Any) -> Traffic:
        """@return: of a proxy for a service that says everything twice."""
        if not self.network.servers:
            self.network.server(vhostHTTPPort=8080)
        service = self.network.service(lambda user, data: user.send(data + data))
        table = {"name": "p", "type": "tcp", "remotePort": 6000, "localPort": service.port, **proxy}
        table = {key: value for key, value in table.items() if value is not None}
        found: defaultdict[str, Traffic] = defaultdict(Traffic)
        self.network.client(proxies=[table], unstarted=lambda client: setattr(client, "traffic", found))
        return found["p"]

    def test_asItPasses(self) -> None:
        """While a connection lasts its bytes are known, and afterwards; whatever is done to them on the way."""
        for n, treatment in enumerate(({}, {"useEncryption": True, "useCompression": True})):
            traffic = self.tunnel(name="p", remotePort=6000 + n, transport=treatment)
            user = self.network.user(6000 + n)
            user.send(b"abc")
            self.network.advance(1)
            self.assertEqual(user.received, b"abcabc")
            self.assertEqual((traffic.open, traffic.total, traffic.counts()), (1, 1, (6, 3)))
            user.send(b"de")
            self.network.advance(1)
            self.assertEqual(traffic.counts(), (10, 5))
            user.close()
            self.network.advance(1)
            self.assertEqual((traffic.open, traffic.total, traffic.counts()), (0, 1, (10, 5)))
            self.network.clients.pop().stopService()
            self.network.advance(1)

    def test_plugin(self) -> None:
        """A plugin that reads the beginning, and steps out of the way then, makes no difference."""
        traffic = self.tunnel(localPort=None, plugin={"type": "http_proxy"})
        echo = self.network.echo()
        user = self.network.user(6000)
        asked = b"CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: a\r\n\r\n" % echo.port
        user.send(asked)
        self.network.advance(1)
        said = len(user.received)
        self.assertIn(b" 200 ", user.received)
        self.assertEqual(traffic.counts(), (said, len(asked)))
        user.send(b"abc")
        self.network.advance(1)
        self.assertEqual(traffic.counts(), (said + 3, len(asked) + 3))
        user.close()
        self.network.advance(1)
        self.assertEqual((traffic.open, traffic.counts()), (0, (said + 3, len(asked) + 3)))

    def test_nobodyLooks(self) -> None:
        """Otherwise nothing is counted."""
        self.network.server()
        echo = self.network.echo()
        client = self.network.client(proxies=[{"name": "p", "type": "tcp", "remotePort": 6000, "localPort": echo.port}])
        self.network.user(6000).send(b"abc")
        self.network.advance(1)
        self.assertIsNone(client.traffic)
