"""Where the proxies and visitors of a client come from."""

from __future__ import annotations

from typing import Any

from frp.client.running import Phase
from frp.client.service import FRPClient
from frp.client.sources import Sources
from frp.test.client.talking import TCP, ClientTestCase
from frp.test.visitors.visiting import VisitingTestCase


class MergingTests(ClientTestCase):
    """What two sources make together."""

    def setUp(self) -> None:
        super().setUp()
        self.changes: list[int] = []
        self.sources = Sources(lambda: self.changes.append(1))

    def names(self) -> list[tuple[str, Any]]:
        """@return: the proxies that are wanted, and the ports of their services."""
        return [(proxy.name, proxy.localPort) for proxy in self.sources.wanted.proxies]

    def test_order(self) -> None:
        """The later source has its way where both have an entry of the same name."""
        self.sources.add(self.network.proxies(TCP, {**TCP, "name": "other", "remotePort": 6001}))
        self.sources.add(self.network.proxies({**TCP, "localPort": 8001}))
        self.assertEqual(self.names(), [("web", 8001), ("other", 8000)])

    def test_back(self) -> None:
        """When it lets go of the name, that of the earlier source counts again; each change is told once."""
        self.sources.add(self.network.proxies(TCP))
        store = self.sources.add(self.network.proxies({**TCP, "localPort": 8001}))
        self.assertEqual(self.changes, [])
        store.change([])
        self.assertEqual((self.names(), self.changes), ([("web", 8000)], [1]))

    def test_visitors(self) -> None:
        """A source that only says other proxies keeps its visitors; a proxy and a visitor may have one name."""
        whom = {"name": "web", "type": "stcp", "serverName": "s", "bindPort": 6000}
        source = self.sources.add(self.network.proxies(TCP), self.network.visitors(whom))
        source.change([])
        self.assertEqual([visitor.name for visitor in self.sources.wanted.visitors], ["web"])
        self.assertEqual(self.names(), [])
        source.change([], [])
        self.assertEqual(self.sources.wanted.visitors, ())


class RunningTests(VisitingTestCase):
    """What a client does when a second source changes."""

    def phases(self, client: FRPClient) -> dict[str, Phase]:
        """@return: of its proxies."""
        assert client.session is not None
        return {name: running.phase for name, running in client.session.proxies.items()}

    def test_second(self) -> None:
        """What it adds runs besides the file's, and a reload of the file leaves it alone."""
        client = self.both()
        store = client.sources.add()
        store.change(self.network.proxies({**TCP, "remotePort": 6002}), self.network.visitors(self.table("w", 6001)))
        self.network.settle()
        self.assertEqual(self.phases(client), {"web": Phase.RUNNING})
        kept = client.visitors.running["w"]
        self.assertTrue(self.served(6000))
        self.assertTrue(self.served(6001))
        client.update(self.network.proxies({**TCP, "name": "filed", "remotePort": 6003}), [])
        self.network.advance(0.1)
        self.assertEqual(self.phases(client), {"web": Phase.RUNNING, "filed": Phase.RUNNING})
        self.assertEqual(client.visitors.running, {"w": kept})

    def test_beforeStart(self) -> None:
        """What changes before the client starts is what it starts with; nothing runs yet."""
        self.network.server()
        self.publish()
        client = self.visit()
        client.stopService()
        self.network.advance(1)
        client.update([], self.network.visitors(self.table("w", 6001)))
        self.assertEqual(client.visitors.running, {})
        client.startService()
        self.network.advance(1)
        self.assertEqual(list(client.visitors.running), ["w"])
        self.assertTrue(self.served(6001))
