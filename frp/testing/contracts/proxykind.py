"""What every proxy type must do."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import attrs
from twisted.internet.defer import Deferred, maybeDeferred
from zope.interface.verify import verifyObject

from frp.client.backend import Backend
from frp.client.running import Phase
from frp.client.service import FRPClient
from frp.errors import Refused
from frp.hooks.base import ServerHook
from frp.interfaces import (
    IClientProxy,
    IClientSite,
    IProxyKind,
    IServerProxy,
    IServerSite,
)
from frp.interfaces.operations import NEW_USER_CONN, NewUserConn, Operation
from frp.testing.contracts.configured import ConfiguredContract
from frp.testing.contracts.outcomes import sessionOf
from frp.wire.frames import encode
from frp.wire.messages import NewProxy, fromJSON, toJSON

__all__ = ["ProxyKindContract"]


class _Refusing(ServerHook):
    """Lets no user in, until it is told to."""

    name = "refusing"
    operations = (NEW_USER_CONN,)
    refuses = True

    def newUserConn(self, operation: Operation[NewUserConn]) -> NewUserConn:
        if self.refuses:
            raise Refused("nobody is let in")
        return operation.message


class ProxyKindContract(ConfiguredContract):
    """
    A type of proxy, from its configuration to its users.

    @cvar name: what stands in C{proxies[].type}.
    @cvar table: the keys that its proxies need besides C{name} and C{type}; C{localPort} is given where it is missing.
    @cvar treatments: the C{transport} tables under which it works.
    @cvar serverSettings: what frps needs for it.
    @cvar refused: keys, besides those of C{table}, with which frps must refuse it, each for itself.
    """

    family = IProxyKind
    table: dict[str, Any] = {}
    treatments: tuple[dict[str, Any], ...] = (
        {"useEncryption": True},
        {"useCompression": True},
        {"useEncryption": True, "useCompression": True},
        {"bandwidthLimit": "1MB"},
        {"bandwidthLimit": "1MB", "bandwidthLimitMode": "server"},
    )
    serverSettings: dict[str, Any] = {}
    refused: tuple[dict[str, Any], ...] = ()

    def use(self, client: FRPClient, proxy: str) -> None:
        """
        Be a user of a proxy, and fail when it does not do what it is for.

        @param proxy: its name in the client's configuration; its service is L{localPort}, an echo.
        """
        raise NotImplementedError

    def tables(self, proxy: str = "p", **keys: Any) -> dict[str, Any]:
        """One proxy's table."""
        return {"name": proxy, "type": self.name, "localPort": self.localPort, **self.table, **keys}

    def setUp(self) -> None:
        super().setUp()
        self.echo = self.network.echo()
        self.localPort = self.echo.port

    def start(self, **keys: Any) -> FRPClient:
        """Start both services with one proxy, which must run."""
        self.network.server(**self.serverSettings)
        client = self.network.client(proxies=[self.tables(**keys)])
        self.assertIs(self.phase(client), Phase.RUNNING)
        return client

    def phase(self, client: FRPClient) -> Phase:
        """Where the proxy stands."""
        return sessionOf(client).proxies["p"].phase

    def fromExample(self, example: dict[str, Any]) -> object:
        (config,) = self.network.proxies(example)
        return config

    def test_interfaces(self) -> None:
        """The kind and both halves provide what they promise."""
        client = self.start()
        verifyObject(IProxyKind, self.kind())
        (control,) = self.network.servers[0].clients.online()
        verifyObject(IServerProxy, control.published.proxies["p"].proxy)
        (config,) = self.network.proxies(self.tables())
        site = sessionOf(client).site(config, Backend(self.network.reactor))
        verifyObject(IClientSite, site)
        verifyObject(IServerSite, control.published.proxies["p"].site)
        verifyObject(IClientProxy, self.kind().clientProxy(config, site))

    def test_announcement(self) -> None:
        """It asks for itself by its name and type, in a message that survives the wire."""
        (config,) = self.network.proxies(self.tables())
        message = self.kind().announce(config)
        self.assertEqual((message.proxy_name, message.proxy_type), ("p", self.name))
        self.assertEqual(fromJSON(NewProxy, toJSON(message)), message)
        self.assertTrue(encode(message))
        self.assertGreaterEqual(self.kind().ports(message), 0)

    def test_addresses(self) -> None:
        """It is said where users find it."""
        client = self.start()
        addresses = sessionOf(client).proxies["p"].addresses
        self.assertTrue(addresses)
        self.assertTrue(all(isinstance(one, str) and ":" in one for one in addresses), addresses)

    def test_use(self) -> None:
        """It does what it is for."""
        self.use(self.start(), "p")

    def test_usersRefused(self) -> None:
        """A user whom a hook does not let in is gone without an error, and does the next one no harm."""
        hook = _Refusing()
        self.network.server(**self.serverSettings).listen(hook)
        client = self.network.client(proxies=[self.tables()])
        with suppress(AssertionError):  # that of use(): nobody serves this user
            self.use(client, "p")
        self.network.advance(10)
        hook.refuses = False
        self.use(client, "p")

    def test_treatments(self) -> None:
        """Encryption, compression and limits change nothing for its users."""
        for number, transport in enumerate(self.treatments):
            self.network.bindPort = 7000 + number
            client = self.start(transport=transport)
            self.use(client, "p")
            self.assertEqual(self.network.stop(), [])

    def test_comesAndGoes(self) -> None:
        """It can be removed and come back at once, in the same place; nothing of it stays."""
        client = self.start()
        before = set(self.network.reactor.ports)
        for _ in range(3):
            client.update([])
            self.network.settle()
            self.assertEqual(self.network.servers[0].shared.names.held(), 0)
            client.update(self.network.proxies(self.tables()))
            self.network.settle()
            self.assertIs(self.phase(client), Phase.RUNNING)
        self.assertEqual(len(set(self.network.reactor.ports)), len(before))
        self.use(client, "p")

    def test_takeover(self) -> None:
        """A client that lost its connection has it again with the next login."""
        client = self.start()
        self.network.carrier(client).silence()
        self.network.advance(60)
        self.assertIs(self.phase(client), Phase.RUNNING)
        self.use(client, "p")

    def test_nameTaken(self) -> None:
        """A second one of its name is refused, and does the first no harm."""
        client = self.start()
        other = self.network.client(proxies=[self.tables()])
        self.assertEqual(sessionOf(other).proxies["p"].error, "proxy [p] already exists")
        self.use(client, "p")

    def test_close(self) -> None:
        """It gives back by itself, in close(), what it has listened to, bound or welcomed."""
        client = self.start()
        (control,) = self.network.servers[0].clients.online()
        registered = control.published.proxies["p"]
        close, held = registered.proxy.close, []

        def closing() -> Deferred[Any]:
            return maybeDeferred(close).addBoth(noted)

        def noted(result: Any) -> Any:
            held.append(registered.site.held)
            return result

        self.patch(registered.proxy, "close", closing)
        client.update([])
        self.network.settle()
        self.assertEqual(held, [0], "close() keeps what was opened: it should return site.release()")

    def test_refused(self) -> None:
        """frps refuses what C{refused} lists, whatever the client has let through."""
        server = self.network.server(**self.serverSettings)
        for keys in self.refused:
            config: Any = self.network.proxies(self.tables())[0]
            for name, value in keys.items():
                setattr(config, name, value)  # unchecked, as a client of somebody else's would send it
            message = self.kind().announce(config)
            self.assertRaises(Refused, self.kind().check, message, server.config)

    def test_stranger(self) -> None:
        """A client that asks for it with nothing but its type, or with nonsense, gets an answer, and breaks nothing."""
        client = self.start()
        (control,) = self.network.servers[0].clients.online()
        nothing = NewProxy(proxy_type=self.name)
        nonsense = attrs.evolve(nothing, remote_port=70000, metas={"": ""}, sk="\0", custom_domains=[""], subdomain="*")
        for number, message in enumerate((nothing, attrs.evolve(nothing, remote_port=-1), nonsense)):
            control.messages.handle(attrs.evolve(message, proxy_name=f"stranger{number}"))
            self.network.settle()
        broken = [line for line in self.log if "could not be opened" in line]
        self.assertEqual(broken, [], "whatever a message lacks, refuse it with frp.errors.Refused")
        control.published.shut("the server is stopping")
        self.network.settle()
        client.stopService()

    def test_clientGoes(self) -> None:
        """It goes with its client."""
        client = self.start()
        client.stopService()
        self.network.settle()
        self.assertEqual(self.network.servers[0].shared.names.held(), 0)
