"""Coming to a Redis that wants to know who we are, or is not there, or is something else."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import attrs
from twisted.internet.address import IPv4Address
from twisted.internet.protocol import Factory, Protocol

from frp.directories.redis.kind import Redis
from frp.directories.redis.node import RedisNode
from frp.directories.redis.url import Place
from frp.errors import ConfigError, FRPError, Unavailable
from frp.interfaces import IDirectoryKind
from frp.kinds import Registry
from frp.test.directories.redis.cases import QUICK, RedisServer, RedisTestCase, Site, reactor, thing
from frp.test.sockets.authority import Authority
from frp.testing.live import freePort


class RefusedTests(RedisTestCase):
    """It does not work."""

    async def refused(self, url: str) -> FRPError:
        """@return: why a node does not open. Nothing is left behind."""
        node = self.node(url=url)
        failure = await self.failed(node.open())
        self.assertFalse(node.reachable)
        self.assertNotIn("secret", failure.detail)
        return failure

    async def test_nobody(self) -> None:
        """Nobody listens there."""
        port = freePort()
        failure = await self.refused(f"redis://:secret@127.0.0.1:{port}/0")
        self.assertIsInstance(failure, Unavailable)
        self.assertIn(f"redis://127.0.0.1:{port}/0: 127.0.0.1:{port}: connect: connection refused", failure.detail)
        self.assertIn("does Redis run there", failure.detail)

    async def test_name(self) -> None:
        """There is no such host."""
        failure = await self.refused("redis://nobody.invalid")
        self.assertIsInstance(failure, Unavailable)
        self.assertIn("nobody.invalid:6379", failure.detail)

    async def test_paused(self) -> None:
        """It is there, and says nothing."""
        self.server.pause()
        self.addCleanup(self.server.resume)
        failure = await self.refused(self.url)
        self.assertIsInstance(failure, Unavailable)
        self.assertIn(f"does not answer as Redis does within {QUICK.patience:g} seconds", failure.detail)

    async def test_somethingElse(self) -> None:
        """What answers is no Redis."""

        class Web(Protocol):
            def dataReceived(self, data: bytes) -> None:
                assert self.transport is not None
                self.transport.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        port = reactor.listenTCP(0, Factory.forProtocol(Web), interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        host = port.getHost()
        assert isinstance(host, IPv4Address)
        failure = await self.refused(f"redis://127.0.0.1:{host.port}")
        self.assertIsInstance(failure, Unavailable)
        self.assertIn("ends the connection; is it Redis? if it wants TLS, write rediss://", failure.detail)

    async def test_password(self) -> None:
        """Redis wants another password, or one at all; so for users."""
        self.server.say("CONFIG", "SET", "requirepass", "other")
        at = f"127.0.0.1:{self.server.port}"
        failure = await self.refused(f"redis://:secret@{at}")
        self.assertIsInstance(failure, ConfigError)
        self.assertIn(f"redis://{at}/0 refuses: WRONGPASS", failure.detail)
        self.assertIn("see the user and the password in the URL", failure.detail)
        failure = await self.refused(f"redis://{at}")
        self.assertIsInstance(failure, ConfigError)
        self.assertIn("it wants a password: redis://:PASSWORD@HOST", failure.detail)
        await self.node(url=f"redis://:other@{at}").open()

    async def test_changed(self) -> None:
        """A password that is wrong from now on is told once in the log."""
        site = Site("node")
        node = self.node(site=site, url=f"redis://:old@127.0.0.1:{self.server.port}")
        self.server.say("CONFIG", "SET", "requirepass", "old")
        await node.open()
        self.server.kill()
        await self.until(lambda: not node.reachable)
        self.server.start()
        # The new one has none at all; for Redis that is an error, too.
        await self.until(lambda: "refuses: it has no password, and is given one" in site.text)
        await self.later(3 * QUICK.seldom)
        self.assertEqual(site.text.count("refuses"), 1, site.text)

    async def test_users(self) -> None:
        """Users may have rights to their names only, which must be enough for what is done."""
        self.server.say("ACL", "SETUSER", "ann", "on", ">pw", "~frp:*", "&frp:*", "+@all", "-@dangerous")
        self.server.say("ACL", "SETUSER", "bob", "on", ">pw", "~frp:*", "&frp:*", "+@read", "+select")
        at = f"127.0.0.1:{self.server.port}"
        node = self.node(url=f"redis://ann:pw@{at}")
        await node.open()
        self.assertIsNone(await node.claim(thing("a"), self.fail))
        await node.keep(("a",), {}, 1)
        await node.epoch()
        failure = await self.refused(f"redis://bob:pw@{at}")
        self.assertIsInstance(failure, ConfigError)
        self.assertIn("let the user run scripts, publish and subscribe", failure.detail)

    async def test_database(self) -> None:
        """There is no such database."""
        failure = await self.refused(f"redis://127.0.0.1:{self.server.port}/99")
        self.assertIsInstance(failure, ConfigError)
        self.assertIn("/99 refuses: it has no such database", failure.detail)

    async def test_apart(self) -> None:
        """Databases and prefixes keep servers apart, what they hear of each other too."""
        nodes = []
        for database, prefix in ((0, "frp"), (1, "frp"), (1, "other")):
            node = self.node(url=f"redis://127.0.0.1:{self.server.port}/{database}?prefix={prefix}")
            await node.open()
            nodes.append(node)
            self.assertIsNone(await node.claim(thing("a"), self.fail))
        await self.later(3 * QUICK.renewed)
        self.assertTrue(all(node.reachable for node in nodes))


class SecureTests(RedisTestCase):
    """Over TLS."""

    def setUp(self) -> None:
        super().setUp()
        self.authority = Authority()
        fields = self.authority.fields("redis", ["localhost"])
        certificate, key = fields.certFile, fields.keyFile
        self.ca = self.authority.caFile
        self.port = freePort()
        options = ["--port", "0", "--tls-port", str(self.port), "--tls-cert-file", certificate]
        options += ["--tls-key-file", key, "--tls-ca-cert-file", self.ca]
        secure = RedisServer(*options, port=self.port)
        self.addCleanup(secure.close)
        self.pair = certificate, key

    async def test_mutual(self) -> None:
        """Both show certificates of one authority."""
        certificate, key = self.pair
        node = self.node(url=f"rediss://localhost:{self.port}?ca={self.ca}&cert={certificate}&key={key}")
        await node.open()
        self.assertIsNone(await node.claim(thing("a"), self.fail))

    async def test_untrusted(self) -> None:
        """Nobody is trusted whom the system, or the file, does not know; nor one that is called otherwise."""
        for url in (
            f"rediss://localhost:{self.port}",
            f"rediss://localhost:{self.port}?ca={Authority('Another').caFile}",
            f"rediss://127.0.0.1:{self.port}?ca={self.ca}",
        ):
            failure = await self.failed(self.node(url=url).open())
            self.assertIsInstance(failure, ConfigError, url)
            self.assertIn("failed to verify certificate", failure.detail)

    async def test_plain(self) -> None:
        """What wants TLS ends a connection without it, and what knows none waits for more."""
        failure = await self.failed(self.node(url=f"redis://127.0.0.1:{self.port}").open())
        self.assertIn("if it wants TLS, write rediss://", failure.detail)
        failure = await self.failed(self.node(url=f"rediss://127.0.0.1:{self.server.port}").open())
        self.assertIn("does not answer as Redis over TLS does", failure.detail)

    def test_files(self) -> None:
        """Files that are not there are told at once."""
        place = Place.parse(f"rediss://localhost:{self.port}?ca=/no/such/file")
        error = self.assertRaises(ConfigError, RedisNode, place, Site("n"))
        self.assertEqual(error.path, "cluster.store")
        self.assertIn("/no/such/file", error.problem)


class SentinelTests(RedisTestCase):
    """Sentinels know which Redis it is."""

    def sentinel(self) -> int:
        """@return: the port of one that watches over our server."""
        file = Path(self.mktemp())
        file.write_text(f"sentinel monitor main 127.0.0.1 {self.server.port} 1\n")
        watching = RedisServer(file=str(file))
        self.addCleanup(watching.close)
        return watching.port

    async def test_found(self) -> None:
        """The first that answers is believed."""
        url = f"redis+sentinel://127.0.0.1:{freePort()},127.0.0.1:{self.sentinel()}/main/1"
        node, other = self.node(url=url), self.node()
        await node.open()
        await other.open()
        self.assertIsNone(await node.claim(thing("a"), self.fail))
        self.assertIsNotNone(await other.claim(thing("a"), self.fail))

    async def test_unknown(self) -> None:
        """None of them knows the name, or answers: each is told."""
        nobody, sentinel = freePort(), self.sentinel()
        node = self.node(url=f"redis+sentinel://127.0.0.1:{nobody},127.0.0.1:{sentinel}/other/1")
        failure = await self.failed(node.open())
        self.assertIn(f"127.0.0.1:{nobody}: connect: connection refused", failure.detail)
        self.assertIn(f"the sentinel 127.0.0.1:{sentinel} knows no 'other'", failure.detail)

    async def test_silent(self) -> None:
        """One that says nothing leaves time for the others."""
        silent = RedisServer()
        self.addCleanup(silent.close)
        silent.pause()
        await self.node(url=f"redis+sentinel://127.0.0.1:{silent.port},127.0.0.1:{self.sentinel()}/main").open()

    async def test_moved(self) -> None:
        """Another Redis has taken over: the one that was found before takes nothing any more."""
        replica = RedisServer("--replicaof", "127.0.0.1", str(self.server.port))
        self.addCleanup(replica.close)
        port = self.sentinel()
        node = self.node(pace=attrs.evolve(QUICK, patience=10.0), url=f"redis+sentinel://127.0.0.1:{port}/main/1")
        await node.open()
        await node.claim(thing("a"), self.fail)
        await self.until(lambda: "frp:sequence" in replica.say("-n", "1", "KEYS", "*"))
        replica.say("REPLICAOF", "NO", "ONE")
        self.server.say("REPLICAOF", "127.0.0.1", str(replica.port))
        replica.say("-p", str(port), "SENTINEL", "REMOVE", "main")
        replica.say("-p", str(port), "SENTINEL", "MONITOR", "main", "127.0.0.1", str(replica.port), "1")
        self.assertIsNone(await node.claim(thing("b"), self.fail))
        other = self.node(url=f"redis://127.0.0.1:{replica.port}/1")
        await other.open()
        for name in "ab":
            self.assertIsNotNone(await other.claim(thing(name), self.fail))


class KindTests(RedisTestCase):
    """As frps has it."""

    async def test_announced(self) -> None:
        """Each scheme leads to it."""
        registry = Registry()
        self.assertEqual(registry.names(IDirectoryKind), ["memory", "redis", "redis+sentinel", "rediss"])
        for scheme in ("redis", "rediss", "redis+sentinel"):
            self.assertIsInstance(registry.get(IDirectoryKind, scheme), Redis)
        node = registry.make(IDirectoryKind, "redis", "directory", self.url, Site("n"))
        await node.open()
        self.assertTrue(cast(RedisNode, node).node.startswith("n."))
        await node.close()
