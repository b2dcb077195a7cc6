"""SIGHUP, and what is read again."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

from twisted.application.service import IService
from twisted.internet.defer import Deferred
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from frp import logs
from frp.cli import pages
from frp.cli.clientprogram import ClientProgram
from frp.cli.hangup import Hangup
from frp.cli.program import Program
from frp.cli.run import told
from frp.cli.serverprogram import ServerProgram
from frp.client.service import FRPClient
from frp.config.client import ClientConfig
from frp.config.clientfile import clientFromValues
from frp.config.load import Loaded
from frp.config.server import ServerConfig
from frp.config.serverfile import serverFromValues
from frp.config.unread import unreadOf
from frp.errors import ConfigError, ConfigErrors
from frp.kinds import Registry
from frp.server.service import FRPServer
from frp.sockets.certificates import TLSFields
from frp.test.sockets.authority import Authority
from frp.testing.cases import NetworkTestCase

REGISTRY = Registry()


class Reloaded(Program):
    """Counts."""

    times = 0
    error: Exception | None = None

    async def reload(self) -> None:
        self.times += 1
        if self.error is not None:
            raise self.error


class SignalTests(SynchronousTestCase):
    """What SIGHUP does."""

    def setUp(self) -> None:
        self.signals: dict[int, Any] = {}
        self.terminals = {0, 2}
        self.left = 0
        self.program = Reloaded()

    def hangUp(self, *gone: int) -> None:
        """The signal comes, and these terminals have gone."""
        reactor: Any = MemoryReactorClock()
        reactor.callFromThread = lambda act: act()
        Hangup(
            reactor,
            self.program.reload,
            self.leave,
            watch=self.signals.__setitem__,
            terminal=lambda n: n in self.terminals,
        )
        self.terminals -= set(gone)
        self.signals[signal.SIGHUP](signal.SIGHUP, None)

    def leave(self) -> None:
        self.left += 1

    def test_reload(self) -> None:
        """The configuration is read again, with a terminal or without."""
        self.hangUp()
        self.terminals.clear()
        self.hangUp()
        self.assertEqual((self.program.times, self.left), (2, 0))

    def test_someGone(self) -> None:
        """Also when only some of what was a terminal has been closed."""
        self.hangUp(0)
        self.assertEqual((self.program.times, self.left), (1, 0))

    def test_hungUp(self) -> None:
        """Whoever was started on a terminal ends with it."""
        self.hangUp(0, 2)
        self.assertEqual((self.program.times, self.left), (0, 1))

    def test_bug(self) -> None:
        """What breaks in it is logged, and ends nothing."""
        self.program.error = ZeroDivisionError()
        self.hangUp()
        self.assertEqual((len(self.flushLoggedErrors(ZeroDivisionError)), self.left), (1, 0))


class ReloadTests(NetworkTestCase):
    """
    Programs that read their configuration again.

    @ivar next: what it is then, or what is wrong with it.
    @ivar logTo: where the log was to go, each time.
    """

    next: Any
    doubts: tuple[str, ...] = ()

    def setUp(self) -> None:
        super().setUp()
        self.logTo: list[str] = []

    def load(self, path: str = "") -> Any:
        if isinstance(self.next, Exception):
            raise self.next
        return Loaded(self.next, doubts=self.doubts)

    def setLog(self, settings: logs.LogSettings) -> None:
        self.logTo.append(settings.to)

    def reload(self, program: Program, config: Any) -> None:
        """Read this."""
        self.next = config
        done = Deferred.fromCoroutine(program.reload())
        self.network.settle()
        self.successResultOf(done)

    # frps

    def serverConfig(self, **values: Any) -> ServerConfig:
        return serverFromValues(values, registry=REGISTRY).config

    def server(self, **values: Any) -> ServerProgram:
        """Start frps."""

        def make(config: ServerConfig) -> FRPServer:
            server = FRPServer(self.network.reactor, config, REGISTRY)
            self.network.servers.append(server)
            return server

        config = self.serverConfig(**values)
        program = ServerProgram(config, "frps.toml", make, pages.dashboard, self.load, told, self.setLog)
        program.startService()
        self.network.settle()
        return program

    def test_server(self) -> None:
        """frps takes what is about the log, and says what has to wait."""
        program = self.server()
        self.successResultOf(program.started)
        self.reload(program, self.serverConfig(log={"to": "other.log"}, bindPort=7001, auth={"token": "x"}))
        self.assertEqual(self.logTo, ["console", "other.log"])
        self.assertEqual(self.logged("reloaded: log; at the next start: auth.token, bindPort\n"), 1)

    def test_serverSame(self) -> None:
        """Where nothing has changed, and there is no file to open or to read, it says so."""
        program = self.server()
        self.reload(program, self.serverConfig())
        self.assertEqual(self.logged("reloaded: nothing\n"), 1)

    def test_serverCertificates(self) -> None:
        """Certificates that are named are read anew, and so named; a log file is opened anew."""
        mine = Authority().fields("frps")
        tls = {"certFile": mine.certFile, "keyFile": mine.keyFile}
        config = {"log": {"to": "a.log"}, "transport": {"tls": tls}}
        program = self.server(**config)
        self.reload(program, self.serverConfig(**config))
        self.assertEqual(self.logTo, ["a.log", "a.log"])
        self.assertEqual(self.logged("reloaded: log, certificates of transport.tls\n"), 1)

    def test_nodeCertificates(self) -> None:
        """So are those of a node."""
        program = self.server()
        renewed: list[str] = []

        class Node:
            """One that has certificates."""

            def renewal(self, tls: TLSFields) -> Callable[[], None]:
                return lambda: renewed.append(tls.certFile)

        self.patch(self.network.servers[-1], "node", Node())
        tls = {"certFile": "node.crt", "keyFile": "node.key"}
        self.reload(program, self.serverConfig(cluster={"tls": tls}))
        self.assertEqual(renewed, ["node.crt"])
        self.assertEqual(self.logged("reloaded: certificates of cluster.tls\n"), 1)

    def test_doubts(self) -> None:
        """What is odd about the new one is in the log."""
        self.doubts = ("start: no proxy",)
        self.reload(self.client(), self.clientConfig())
        self.assertEqual(self.logged("[W] "), 1)
        self.assertEqual(self.logged("start: no proxy\n"), 1)

    def test_serverDoubts(self) -> None:
        """That of frps as well."""
        self.doubts = ("auth: no token",)
        self.reload(self.server(), self.serverConfig())
        self.assertEqual(self.logged("auth: no token\n"), 1)

    def test_serverBad(self) -> None:
        """A file that cannot be used changes nothing, and the log says why."""
        program = self.server()
        wrong = [ConfigError("bindPort", "no port", line=3, hint="take 7000"), ConfigError("x", "no key")]
        self.reload(program, ConfigErrors(wrong))
        self.assertEqual(self.logTo, ["console"])
        self.assertEqual(self.logged("[E] "), 1)
        said = "and nothing has changed: no port (line 3, bindPort: take 7000); no key (x)\n"
        self.assertEqual(self.logged(f"nothing is reloaded from {os.path.abspath('frps.toml')}, {said}"), 1)

    def test_certificateBad(self) -> None:
        """Nor does one whose certificate cannot be used: not even its log is taken."""
        program = self.server()
        tls = {"certFile": "/no/cert", "keyFile": "/no/key"}
        self.reload(program, self.serverConfig(log={"to": "other.log"}, transport={"tls": tls}))
        self.assertEqual(self.logTo, ["console"])
        self.assertEqual(self.logged("nothing has changed: open /no/cert: no such file or directory"), 1)

    def test_allBad(self) -> None:
        """It names all files that cannot be used, each with its key, in the one line."""
        program = self.server()
        tls = {"certFile": "/no/cert", "keyFile": "/no/key"}
        hook = {"type": "users", "path": "/no/users"}
        self.reload(program, self.serverConfig(transport={"tls": tls}, hooks=[hook]))
        hint = "nor its folder: put it there, or correct the path"
        keys = ("cert", "transport.tls.certFile"), ("key", "transport.tls.keyFile"), ("users", "hooks[0].path")
        said = []
        for name, key in keys:
            said.append(f"open /no/{name}: no such file or directory ({key}: there is no /no/{name}, {hint})")
        self.assertEqual(self.logged(f"nothing has changed: {'; '.join(said)}\n"), 1)

    def test_notStarted(self) -> None:
        """frps that is not there yet says so."""
        program = self.server(hooks=[{"type": "users", "path": "/no/file"}])
        self.reload(program, self.serverConfig())
        self.assertEqual(self.logged("frps has not started yet"), 1)

    # frpc

    def clientConfig(self, *ports: int, **values: Any) -> ClientConfig:
        proxies = [{"name": f"p{port}", "type": "tcp", "localPort": 80, "remotePort": port} for port in ports]
        return clientFromValues(
            {"transport": {"tls": {"enable": False}}, "proxies": proxies, **values}, registry=REGISTRY
        ).config

    def client(self, *ports: int, path: str = "frpc.toml") -> ClientProgram:
        """Start frpc, and a server."""
        self.network.server()

        def make(config: ClientConfig, _name: str) -> FRPClient:
            client = FRPClient(self.network.reactor, config, REGISTRY)
            self.network.clients.append(client)
            return client

        def failed(_path: str, failure: Failure) -> int:
            return told(failure)

        def page(client: FRPClient, path: str) -> IService | None:
            return pages.admin(client, path, {}, REGISTRY)

        program = ClientProgram([(path, self.clientConfig(*ports))], make, page, self.load, failed, self.setLog)
        program.startService()
        self.network.settle()
        self.successResultOf(program.started)
        return program

    def proxies(self) -> set[str]:
        """What the client runs."""
        session = self.network.clients[-1].session
        assert session is not None
        return set(session.proxies)

    def test_client(self) -> None:
        """frpc takes the proxies, visitors, and what is about the log; it says what has to wait."""
        program = self.client(6000, 6001)
        self.reload(program, self.clientConfig(6001, 6002, log={"to": "other.log"}, serverPort=7001))
        self.assertEqual(self.proxies(), {"p6001", "p6002"})
        self.assertEqual(self.logTo, ["console", "other.log"])
        said = "reloaded: proxies (1 added, 1 removed), log; at the next start: serverPort\n"
        self.assertEqual(self.logged(said), 1)

    def test_clientChanged(self) -> None:
        """It says how many are others now, of visitors too; where all are as they were, that as well."""
        visitor = {"name": "v", "type": "stcp", "serverName": "p", "bindPort": 9000, "secretKey": "s"}
        program = self.client(6000, 6001)
        config = self.clientConfig(6000, 6001, visitors=[visitor])
        config.proxies[0].localPort = 81
        self.reload(program, config)
        self.assertEqual(self.logged("reloaded: proxies (1 changed), visitors (1 added)\n"), 1)
        self.reload(program, config)
        self.assertEqual(self.logged("reloaded: nothing\n"), 1)

    def test_clientBad(self) -> None:
        """A file that cannot be used changes nothing, and the log says why."""
        program = self.client(6000)
        self.reload(program, ConfigErrors([ConfigError("proxies", "no such type")]))
        self.assertEqual((self.proxies(), self.logTo), ({"p6000"}, ["console"]))
        said = "and nothing has changed: no such type (proxies)"
        self.assertEqual(self.logged(f"nothing is reloaded from {os.path.abspath('frpc.toml')}, {said}"), 1)

    def plugged(self, name: str, **plugin: str) -> ClientConfig:
        """@return: that of one proxy, whose plugin has these keys."""
        proxy = {"name": "p6000", "type": "https", "customDomains": [name]}
        return self.clientConfig(proxies=[{**proxy, "plugin": {"type": "https2http", "localAddr": "a:1", **plugin}}])

    def test_clientFiles(self) -> None:
        """
        Nor does one that would start a proxy whose files cannot be read: each is named, with its key and what to do.
        """
        program = self.client(6000)
        self.reload(program, self.plugged("a.b", crtPath="/no.crt", keyPath="/no.key"))
        self.assertEqual((self.proxies(), self.logTo), ({"p6000"}, ["console"]))
        said = [
            f"open {file}: no such file or directory ({key}: there is no {file}: put it there, or correct the path)"
            for key, file in (
                ("plugin.crtPath", "/no.crt"),
                ("plugin.keyPath", "/no.key"),
            )
        ]
        self.assertEqual(self.logged(f"and nothing has changed: {'; '.join(said)}\n"), 1)

    def test_clientFilesGone(self) -> None:
        """A proxy that is the same needs its files no more, and does not keep others from coming."""
        mine = Authority().fields("a.b")
        program = self.client(6000)
        self.reload(program, self.plugged("a.b", crtPath=mine.certFile, keyPath=mine.keyFile))
        self.assertEqual(self.logged("reloaded: proxies (1 changed)\n"), 1)
        os.remove(mine.certFile)
        config = self.plugged("a.b", crtPath=mine.certFile, keyPath=mine.keyFile)
        config.proxies += self.clientConfig(6001).proxies
        self.reload(program, config)
        self.assertEqual(self.proxies(), {"p6000", "p6001"})
        self.reload(program, self.plugged("a.c", crtPath=mine.certFile, keyPath=mine.keyFile))
        self.assertEqual(self.proxies(), {"p6000", "p6001"})

    def test_clientPipe(self) -> None:
        """A pipe can be read only once, and is left to the proxy."""
        os.mkfifo(pipe := os.path.abspath(self.mktemp()))
        config = self.plugged("a.b", crtPath=pipe, keyPath="/no.key")
        places = {id(config.proxies[0]): "proxies[3]"}
        self.assertEqual([one.path for one in unreadOf(config.proxies, places)], ["proxies[3].plugin.keyPath"])

    def test_clientWithoutFile(self) -> None:
        """Where flags gave the configuration there is nothing to read."""
        program = self.client(6000, path="")
        self.reload(program, self.clientConfig())
        self.assertEqual((self.proxies(), self.logged("there is no file to read again")), ({"p6000"}, 1))
