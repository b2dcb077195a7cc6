"""A tunnel through a proxy of the user's network, on real sockets."""

from __future__ import annotations

import os
from hashlib import sha256
from random import Random

from frp.sockets.tlsside import TLSSide, serverContext
from frp.test.sockets.authority import Authority
from frp.test.transports.proxying import TinyProxy
from frp.testing.live import LiveTestCase, Peer

SIZE = 1 << 20


class OutProxyTests(LiveTestCase):
    """A megabyte goes each way."""

    async def carry(self, scheme: str, side: TLSSide | None = None) -> TinyProxy:
        """Use a tunnel, with TLS to frps, through a proxy of this kind."""
        down, up = (Random(seed).randbytes(SIZE) for seed in (1, 2))
        port = self.service(lambda: Peer(down, answer=lambda received: sha256(received).digest()))
        proxy = TinyProxy(self.reactor, side)
        listening = self.reactor.listenTCP(0, proxy, interface="127.0.0.1")
        self.addCleanup(listening.stopListening)
        url = f"{scheme}://alice:sesame@127.0.0.1:{listening.getHost().port}"
        client = await self.client(
            await self.server(), [{"name": "a", "type": "tcp", "localPort": port}], transport={"proxyURL": url}
        )
        user = await self.user(self.port(client, "a"), Peer(up))
        user.transport.loseWriteConnection()
        await user.ended
        self.assertEqual(user.received, down + sha256(up).digest())
        self.assertNotIn("sesame", self.lines.text)
        return proxy

    async def test_http(self) -> None:
        """Through an HTTP proxy."""
        proxy = await self.carry("http")
        self.assertTrue(proxy.heard[0].startswith(b"CONNECT 127.0.0.1:"))

    async def test_https(self) -> None:
        """Through one that is reached over TLS, so that there is TLS in TLS."""
        authority = Authority()
        os.environ["SSL_CERT_FILE"] = authority.caFile
        self.addCleanup(os.environ.pop, "SSL_CERT_FILE")
        proxy = await self.carry("https", serverContext(authority.fields("gate", addresses=["127.0.0.1"])))
        self.assertTrue(proxy.heard[0].startswith(b"CONNECT 127.0.0.1:"))

    async def test_socks5(self) -> None:
        """Through a SOCKS5 proxy."""
        proxy = await self.carry("socks5")
        self.assertIn(b"\x05alice\x06sesame", proxy.heard[0])
