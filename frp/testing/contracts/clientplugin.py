"""What every client plugin must do."""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IProtocolFactory
from zope.interface.verify import verifyObject

from frp.client.backend import Backend
from frp.client.running import Phase
from frp.client.service import FRPClient
from frp.interfaces import IClientPlugin
from frp.testing.contracts.configured import UsedContract
from frp.testing.contracts.outcomes import sessionOf

__all__ = ["ClientPluginContract"]


class ClientPluginContract(UsedContract):
    """
    A client plugin, from its configuration to its users. Its proxy is a tcp one named C{p}.

    @cvar name: what stands in C{proxies[].plugin.type}.
    @cvar table: the keys that its C{plugin} table needs besides C{type}. A test that makes services first sets it in
        C{setUp}.
    @cvar settings: what else its client's configuration needs.
    @cvar port: where users reach it on frps.
    @cvar treatments: the C{transport} tables under which it works.
    """

    family = IClientPlugin
    table: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    port = 6000
    treatments: tuple[dict[str, Any], ...] = (
        {"useEncryption": True},
        {"useCompression": True},
        {"useEncryption": True, "useCompression": True},
        {"bandwidthLimit": "1MB"},
        {"bandwidthLimit": "1MB", "bandwidthLimitMode": "server"},
    )

    def use(self) -> None:
        """Be a user at L{port}, and fail when the plugin does not do what it is for."""
        raise NotImplementedError

    def tables(self, *, transport: dict[str, Any] | None = None, **keys: Any) -> dict[str, Any]:
        """The proxy's table; C{keys} are the plugin's."""
        plugin = {"type": self.name, **self.table, **keys}
        return {"name": "p", "type": "tcp", "remotePort": self.port, "plugin": plugin, "transport": transport or {}}

    def start(self, *, transport: dict[str, Any] | None = None, **keys: Any) -> FRPClient:
        """Start both services with one proxy, which must run."""
        self.network.server()
        client = self.network.client(proxies=[self.tables(transport=transport, **keys)], **self.settings)
        running = sessionOf(client).proxies["p"]
        self.assertIs(running.phase, Phase.RUNNING, running.error)
        return client

    def fromExample(self, example: dict[str, Any]) -> object:
        table = {"name": "p", "type": "tcp", "remotePort": self.port, "plugin": example}
        (config,) = self.network.proxies(table)
        return config.plugin

    def test_interfaces(self) -> None:
        """The kind and its factory provide what they promise."""
        verifyObject(IClientPlugin, self.kind())
        client = self.start()
        (config,) = self.network.proxies(self.tables())
        site = sessionOf(client).site(config, Backend(self.network.reactor))
        factory = site.plugin(config)
        factory.doStart()
        self.assertTrue(verifyObject(IProtocolFactory, factory))
        factory.doStop()

    def test_comesAndGoes(self) -> None:
        """Its proxy can be removed and come back."""
        client = self.start()
        client.update([])
        self.network.settle()
        client.update(self.network.proxies(self.tables()))
        self.network.settle()
        self.use()

    def test_usersLeave(self) -> None:
        """Users who say nothing, half of something, or nonsense, and leave, leave nothing behind."""
        client = self.start()
        for said in (b"", b"G", b"\x05", b"\x16\x03\x01", b"\r\n\r\n", b"\x00" * 70000):
            for leave in ("end", "close", "abort"):
                user = self.network.user(self.port)
                user.send(said)
                self.network.advance(0.1)
                getattr(user, leave)()
                self.network.advance(0.1)
                user.abort()
        self.network.advance(130)
        self.assertEqual(len(client.flowing), 0)
        self.use()
