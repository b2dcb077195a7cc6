"""Users and services, with both programs between them."""

from __future__ import annotations

import socket
from hashlib import sha256
from random import Random

from twisted.internet.defer import Deferred, DeferredQueue, gatherResults
from twisted.internet.task import deferLater

from frp.client.running import Phase
from frp.testing.live import LiveTestCase, Peer

SIZE = 3 << 20
TREATMENTS = {
    "plain": {},
    "encrypted": {"useEncryption": True},
    "compressed": {"useCompression": True},
    "both": {"useEncryption": True, "useCompression": True},
    "limited": {"bandwidthLimit": "8MB"},
    "limitedByServer": {"bandwidthLimit": "8MB", "bandwidthLimitMode": "server", "useEncryption": True},
}


class TrafficTests(LiveTestCase):
    """Some megabytes in both directions at once arrive as they were sent, whatever the proxy does to them."""

    async def carry(self, *, tls: bool, tcpMux: bool) -> None:
        """Use one proxy of each treatment, all at the same time."""
        random = Random(3)
        # Half of it can be compressed.
        down, up = (random.randbytes(SIZE // 2) + b"frp on Twisted " * (SIZE // 30) for _ in range(2))
        services: list[Peer] = []

        def make() -> Peer:
            services.append(Peer(down, answer=lambda received: sha256(received).digest()))
            return services[-1]

        port = self.service(make)
        server = await self.server(transport={"tcpMux": tcpMux, "tls": {"force": tls}})
        proxies = [
            {"name": name, "type": "tcp", "localPort": port, "transport": treatment}
            for name, treatment in TREATMENTS.items()
        ]
        client = await self.client(server, proxies, transport={"tcpMux": tcpMux, "tls": {"enable": tls}})

        async def use(name: str) -> None:
            user = await self.user(self.port(client, name), Peer(up))
            user.transport.loseWriteConnection()
            await user.ended
            self.assertEqual(len(user.received), len(down) + 32, name)
            self.assertEqual(sha256(user.received[:-32]).digest(), sha256(down).digest(), name)
            self.assertEqual(user.received[-32:], sha256(up).digest(), name)

        await gatherResults([Deferred.fromCoroutine(use(name)) for name in TREATMENTS], consumeErrors=True)

    async def test_tlsMux(self) -> None:
        """Over TLS and one connection, as by default."""
        await self.carry(tls=True, tcpMux=True)

    async def test_mux(self) -> None:
        """Without TLS."""
        await self.carry(tls=False, tcpMux=True)

    async def test_tlsBare(self) -> None:
        """Over TLS, with a connection for each user."""
        await self.carry(tls=True, tcpMux=False)

    async def test_bare(self) -> None:
        """Without TLS, with a connection for each user."""
        await self.carry(tls=False, tcpMux=False)


class TrafficOverIPv6Tests(TrafficTests):
    """The same for clients and users of IPv6; frps is bound to every address."""

    bound = "::"
    host = "::1"


class EndTests(LiveTestCase):
    """How connections begin and end."""

    def pause(self) -> Deferred[None]:
        """@return: fires soon."""
        return deferLater(self.reactor, 0.05)

    async def test_halfClose(self) -> None:
        """Who sends all, shuts down its writing side, and waits, gets the answer."""
        port = self.service(lambda: Peer(answer=lambda received: received[::-1]))
        for tls in (True, False):
            for tcpMux in (True, False):
                server = await self.server(transport={"tcpMux": tcpMux})
                proxy = {"name": "web", "type": "tcp", "localPort": port}
                client = await self.client(server, [proxy], transport={"tcpMux": tcpMux, "tls": {"enable": tls}})
                user = await self.user(self.port(client, "web"), Peer(b"question"))
                user.transport.loseWriteConnection()
                await user.ended
                self.assertEqual(user.received, b"noitseuq")

    async def test_userGone(self) -> None:
        """A user closes, the service does not notice and writes once: both programs let go, whatever carries it."""
        for tcpMux, tls in (True, False), (False, False), (False, True):
            services: list[Peer] = []

            def make(services: list[Peer] = services) -> Peer:
                services.append(Peer())
                return services[-1]

            server = await self.server(transport={"tcpMux": tcpMux})
            proxies = [{"name": f"{tcpMux}{tls}", "type": "tcp", "localPort": self.service(make)}]
            client = await self.client(server, proxies, transport={"tcpMux": tcpMux, "tls": {"enable": tls}})
            user = await self.user(self.port(client, f"{tcpMux}{tls}"), Peer(b"hello"))
            while not services:
                await self.pause()
            (service,) = services
            await service.hear(5)
            user.transport.loseConnection()
            await service.ended
            await self.pause()
            service.transport.write(b"late")
            while server.flowing or client.flowing:
                await self.pause()

    async def test_localDown(self) -> None:
        """Where no service listens the user is closed at once."""
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            server = await self.server()
            proxy = {"name": "web", "type": "tcp", "localPort": silent.getsockname()[1]}
            client = await self.client(server, [proxy])
            user = await self.user(self.port(client, "web"))
            begin = self.reactor.seconds()
            await user.ended
            self.assertLess(self.reactor.seconds() - begin, 1)

    async def test_portTaken(self) -> None:
        """A port that another program has is refused, and the client says so."""
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            proxy = {"name": "web", "type": "tcp", "localPort": 1, "remotePort": port}
            client = await self.client(await self.server(), [proxy], until="start error: port unavailable")
            assert client.session is not None
            self.assertIs(client.session.proxies["web"].phase, Phase.START_ERROR)

    async def test_proxyProtocol(self) -> None:
        """The service learns who the user is, in either version of the PROXY protocol, before the user's bytes."""
        services: DeferredQueue[Peer] = DeferredQueue()

        def make() -> Peer:
            peer = Peer()
            services.put(peer)
            return peer

        port = self.service(make)
        server = await self.server()
        proxies = [
            {"name": v, "type": "tcp", "localPort": port, "transport": {"proxyProtocolVersion": v}}
            for v in ("v1", "v2")
        ]
        client = await self.client(server, proxies)
        for version in ("v1", "v2"):
            remote = self.port(client, version)
            user = await self.user(remote, Peer(b"hello"))
            me = user.transport.getHost().port
            if version == "v1":
                wanted = b"PROXY TCP4 127.0.0.1 127.0.0.1 %d %d\r\nhello" % (me, remote)
            else:
                ports = me.to_bytes(2, "big") + remote.to_bytes(2, "big")
                start = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"
                wanted = start + bytes((127, 0, 0, 1)) * 2 + ports + b"hello"
            service = await services.get()
            self.assertEqual(await service.hear(len(wanted)), wanted)
