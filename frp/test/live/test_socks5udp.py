"""A client of SOCKS5 that sends datagrams, on real sockets."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from frp.testing.datagrams import DatagramUser
from frp.testing.live import LiveTestCase, Peer, freePort
from frp.wire.socks5.udp import Carried, readDatagram, writeDatagram


class _Client(DatagramUser):
    """Tells what it hears."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.heard: Deferred[Carried] = Deferred()

    def datagramReceived(self, datagram: bytes, addr: object) -> None:
        heard, self.heard = self.heard, Deferred()
        heard.callback(readDatagram(datagram))


class SOCKS5UDPTests(LiveTestCase):
    """Somebody asks a service in the network of frpc by UDP."""

    async def test_both(self) -> None:
        """Over IPv4 and IPv6, and by name, on the same port of frps as TCP; when the connection ends it is over."""
        services = {}
        for interface in ("127.0.0.1", "::1"):
            service = DatagramUser(echoes=True)
            self.addCleanup(self.reactor.listenUDP(0, service, interface=interface).stopListening)
            services[interface] = service.port
        services["localhost"] = services["127.0.0.1"]
        users, relay = freePort(), freePort()
        plugin = {"type": "socks5", "udpPort": relay, "udpAddress": f":{users}"}
        server = await self.server()
        await self.client(
            server,
            [
                {"name": "socks", "type": "tcp", "remotePort": users, "plugin": plugin},
                {"name": "socks-udp", "type": "udp", "remotePort": users, "localPort": relay},
            ],
        )
        peer = await self.user(users, Peer(b"\x05\x01\x00" + b"\x05\x03\x00\x01" + bytes(6)))
        said = await peer.hear(12)
        self.assertEqual(said[2:], b"\x05\x00\x00\x01" + bytes(4) + users.to_bytes(2, "big"))
        client = _Client(users)
        self.addCleanup(self.reactor.listenUDP(0, client, interface="127.0.0.1").stopListening)
        for host, port in services.items():
            client.send(writeDatagram(Carried(host, port, b"hello")))
            answer = await client.heard
            source = host if host != "localhost" else "127.0.0.1"
            self.assertEqual(answer, Carried(source, port, b"hello"))
        lost = peer.lost
        peer.transport.abortConnection()
        await lost
        client.send(writeDatagram(Carried("127.0.0.1", services["127.0.0.1"], b"late")))
        await self.lines.wait("their sender has no connection to the socks5 plugin")
        self.assertFalse(client.heard.called)
