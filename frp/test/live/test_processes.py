"""The programs as their users run them: as processes, which are started, stopped and killed."""

from __future__ import annotations

import signal

from frp.test.live.children import Child, ProgramsTestCase
from frp.test.sockets.authority import Authority
from frp.testing.live import Peer, freePort


class ProcessTestCase(ProgramsTestCase):
    """frps and frpc as children, and a service that answers when its user has ended."""

    def setUp(self) -> None:
        super().setUp()
        self.bindPort = freePort()
        self.remotePort = freePort()
        self.localPort = self.service(lambda: Peer(b"welcome", answer=lambda received: received[::-1]))

    async def frps(self, settings: str = "", program: str = "frps") -> Child:
        """Start frps, and wait until it serves."""
        child = self.program(program, f'bindAddr = "127.0.0.1"\nbindPort = {self.bindPort}\n{settings}')
        await child.lines.wait("frps started successfully")
        return child

    async def frpc(self, settings: str = "", program: str = "frpc") -> Child:
        """Start frpc, and wait until its proxy runs."""
        child = self.program(
            program,
            f'serverAddr = "127.0.0.1"\nserverPort = {self.bindPort}\n{settings}\n[[proxies]]\nname = "web"\n'
            f'type = "tcp"\nlocalPort = {self.localPort}\nremotePort = {self.remotePort}\n',
        )
        await child.lines.wait("start proxy success")
        return child

    async def served(self) -> Peer:
        """@return: a user who has heard from the service."""
        user = await self.user(self.remotePort)
        self.assertEqual(await user.hear(7), b"welcome")
        return user

    async def finish(self, user: Peer) -> None:
        """Let a user ask and get its answer."""
        user.transport.write(b"question")
        user.transport.loseWriteConnection()
        await user.ended
        self.assertEqual(user.received, b"welcomenoitseuq")


class StopTests(ProcessTestCase):
    """Programs that are asked to stop."""

    async def test_both(self) -> None:
        """SIGTERM ends either with exit code 0, whatever its users do, and cuts them off."""
        for first in ("frps", "frpc"):
            for tcpMux in ("true", "false"):
                mux = f"transport.tcpMux = {tcpMux}"
                children = {"frps": await self.frps(mux), "frpc": await self.frpc(mux)}
                idle, half = await self.served(), await self.served()
                half.transport.write(b"question")
                half.transport.loseWriteConnection()
                await half.ended
                begin = self.reactor.seconds()
                children[first].signal(signal.SIGTERM)
                self.assertEqual(await children[first].ended, 0)
                await idle.ended
                self.assertLess(self.reactor.seconds() - begin, 3)
                other = children["frpc" if first == "frps" else "frps"]
                other.signal(signal.SIGINT)
                self.assertEqual(await other.ended, 0)

    async def test_grace(self) -> None:
        """With gracePeriod a user finishes what it has begun, and the program ends when the last one has."""
        for first in ("frps", "frpc"):
            children = {"frps": await self.frps("gracePeriod = 20"), "frpc": await self.frpc("gracePeriod = 20")}
            user = await self.served()
            children[first].signal(signal.SIGTERM)
            await children["frps"].lines.wait("close proxy [web] success")
            self.assertFalse(children[first].ended.called)
            begin = self.reactor.seconds()
            await self.finish(user)
            user.transport.loseConnection()
            self.assertEqual(await children[first].ended, 0)
            self.assertLess(self.reactor.seconds() - begin, 5)
            other = children["frpc" if first == "frps" else "frps"]
            other.signal(signal.SIGTERM)
            self.assertEqual(await other.ended, 0)

    async def test_twice(self) -> None:
        """A second signal does not wait for anybody."""
        server = await self.frps("gracePeriod = 20")
        await self.frpc()
        await self.served()
        server.signal(signal.SIGTERM)
        await server.lines.wait("close proxy [web] success")
        server.signal(signal.SIGTERM)
        self.assertEqual(await server.ended, -signal.SIGTERM)


class BackTests(ProcessTestCase):
    """Programs that are killed."""

    async def test_serverRestarts(self) -> None:
        """frps is killed, and started again: within three seconds its clients are back, and users are served."""
        server = await self.frps()
        client = await self.frpc()
        server.signal(signal.SIGKILL)
        await server.ended
        await client.lines.wait("connect to server error", 2)
        await self.frps()
        begin = self.reactor.seconds()
        await client.lines.wait("start proxy success", 2)
        self.assertLess(self.reactor.seconds() - begin, 3)
        await self.finish(await self.served())

    async def test_clientKilled(self) -> None:
        """frpc is killed: its port is free at once, and another one can have it."""
        server = await self.frps()
        client = await self.frpc()
        client.signal(signal.SIGKILL)
        await client.ended
        begin = self.reactor.seconds()
        await server.lines.wait("client exit success")
        self.assertLess(self.reactor.seconds() - begin, 1)
        await self.frpc()
        await self.finish(await self.served())


class ReloadTests(ProcessTestCase):
    """Programs to which SIGHUP is sent."""

    def rewrite(self, child: Child, old: str, new: str) -> None:
        """Change its configuration, and tell it."""
        with open(child.path) as file:
            text = file.read()
        self.assertIn(old, text)
        with open(child.path, "w") as file:
            file.write(text.replace(old, new))
        child.signal(signal.SIGHUP)

    async def test_client(self) -> None:
        """frpc takes its proxies from the file, under twistd, too; a file that cannot be used changes nothing."""
        server = await self.frps()
        for program in ("frpc", "twistd frpc"):
            client = await self.frpc(program=program)
            self.rewrite(client, "remotePort =", "remotPort =")
            await client.lines.wait("and nothing has changed: ")
            await self.finish(await self.served())
            old, self.remotePort = self.remotePort, freePort()
            self.rewrite(client, f"remotPort = {old}", f"remotePort = {self.remotePort}")
            await client.lines.wait("start proxy success", 2)
            await self.finish(await self.served())
            client.signal(signal.SIGTERM)
            await client.ended
            await server.lines.wait("client exit success", 1 if program == "frpc" else 2)

    async def test_server(self) -> None:
        """frps shows those who come from now on the certificate that is in its files now, and keeps its clients."""
        old, new = (Authority(name) for name in ("Old", "New"))
        files = old.fields("frps", names=["frps.example"])
        settings = f'transport.tls = {{certFile = "{files.certFile}", keyFile = "{files.keyFile}"}}'
        for program in ("frps", "twistd frps"):
            server = await self.frps(settings, program)
            client = await self.frpc(f'transport.tls = {{trustedCaFile = "{old.caFile}", serverName = "frps.example"}}')
            theirs = new.fields("frps", names=["frps.example"])
            self.rewrite(server, files.keyFile, theirs.keyFile)
            await server.lines.wait("and nothing has changed: ")
            self.rewrite(server, files.certFile, theirs.certFile)
            await server.lines.wait("certificates of transport.tls")
            other = await self.stranger(
                f'transport.tls = {{trustedCaFile = "{new.caFile}", serverName = "frps.example"}}'
            )
            await self.finish(await self.served())
            for child in (other, client, server):
                child.signal(signal.SIGTERM)
                await child.ended

    async def stranger(self, settings: str) -> Child:
        """@return: another client, which has been let in."""
        child = self.program("frpc", f'serverAddr = "127.0.0.1"\nserverPort = {self.bindPort}\n{settings}')
        await child.lines.wait("login to server success")
        return child


class TwistdTests(ProcessTestCase):
    """The same under C{twistd}."""

    async def test_both(self) -> None:
        """C{twist frps} and C{twist frpc} serve users, and end with exit code 0."""
        server = await self.frps(program="twistd frps")
        client = await self.frpc(program="twistd frpc")
        await self.finish(await self.served())
        for child in (client, server):
            child.signal(signal.SIGTERM)
            await child.ended
