"""What every server hook must do."""

from __future__ import annotations

from typing import Any

from zope.interface.verify import verifyObject

from frp.client.service import FRPClient
from frp.config.serverfile import serverFromValues
from frp.interfaces import IServerHook, IServerHookKind
from frp.kinds.promises import watchingFaults
from frp.testing.contracts.configured import ConfiguredContract

__all__ = ["HookContract"]


class HookContract(ConfiguredContract):
    """
    A kind of hook, from its configuration to what it says of clients, proxies and users.

    @cvar name: what stands in C{hooks[].type}.
    @cvar table: the keys that it needs besides C{name} and C{type}.
    @cvar serverSettings: what frps needs for it besides.
    @cvar clientSettings: of a client that it lets in, whose tcp proxy with C{remotePort = 6000} it accepts.
    """

    family = IServerHookKind
    table: dict[str, Any] = {}
    serverSettings: dict[str, Any] = {}
    clientSettings: dict[str, Any] = {}

    def tables(self, **keys: Any) -> dict[str, Any]:
        """The hook's table."""
        return {"name": "h", "type": self.name, **self.table, **keys}

    def start(self, **settings: Any) -> FRPClient:
        """Start both services: frps with the hook, frpc with C{clientSettings} and an echo on port 6000."""
        self.network.server(**{"hooks": [self.tables()], **self.serverSettings})
        return self.client(**settings)

    def client(self, **settings: Any) -> FRPClient:
        """Start a client. What is given stands in place of C{clientSettings}, and of its proxy C{p}."""
        proxy = {"name": "p", "type": "tcp", "localPort": self.network.echo().port, "remotePort": 6000}
        return self.network.client(**{"proxies": [proxy], **self.clientSettings, **settings})

    def fromExample(self, example: dict[str, Any]) -> object:
        (config,) = serverFromValues({"hooks": [example]}, registry=self.network.registry).config.hooks
        return config

    def test_interfaces(self) -> None:
        """The kind and its hook provide what they promise, and it watches what there is."""
        verifyObject(IServerHookKind, self.kind())
        self.start()
        values = {"hooks": [self.tables()], **self.serverSettings}
        (config,) = serverFromValues(values, registry=self.network.registry).config.hooks
        hook = self.kind().hook(config, self.network.servers[0])
        verifyObject(IServerHook, hook)
        self.assertEqual(list(map(str, watchingFaults(hook, self.name))), [])
        hook.close()

    def test_accepts(self) -> None:
        """A client that may come is served."""
        client = self.start()
        self.assertIsNotNone(client.session)
        user = self.network.user(6000)
        user.send(b"hello")
        self.network.advance(1)
        self.assertEqual(user.received, b"hello")

    def test_lasts(self) -> None:
        """It has nothing against a session that lasts, is cut, and comes back."""
        client = self.start()
        self.network.advance(90)
        self.network.carrier(client).cut()
        self.network.advance(5)
        user = self.network.user(6000)
        user.send(b"hello")
        self.network.advance(1)
        self.assertEqual(user.received, b"hello")
