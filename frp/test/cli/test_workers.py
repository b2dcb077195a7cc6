"""One frps that is several processes."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessDone
from twisted.internet.protocol import ProcessProtocol
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from frp.client.service import FRPClient
from frp.test.started import command, python
from frp.testing.live import Lines, LiveTestCase, Peer, freePort

_ANNOUNCED = """
from frp.interfaces import IServerHookKind
from frp.plugin import Contribution

own = Contribution(IServerHookKind, "own", "keeps out whom ban keeps out", "frpx_own.Own")
"""


class _Frps(ProcessProtocol):
    """
    A frps.

    @ivar said: what it and its workers write.
    @ivar ended: fires with its exit code, or the number of a signal below zero.
    """

    transport: Any

    def __init__(self, clock: Any, port: int, pages: int) -> None:
        self.said = Lines(clock)
        self.ended: Deferred[int] = Deferred()
        self.config = SimpleNamespace(bindPort=port)
        self.pages = pages

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        self.said.add(data.decode())

    def processEnded(self, reason: Failure) -> None:
        error: Any = reason.value
        self.ended.callback(0 if isinstance(error, ProcessDone) else error.exitCode or -error.signal)

    @property
    def workers(self) -> list[int]:
        """The processes of those that serve now."""
        found = dict(re.findall(r"worker (\d) \(process (\d+)\) serves", self.said.text))
        return [int(found[number]) for number in sorted(found)]

    def send(self, number: int) -> None:
        """It gets a signal."""
        os.kill(self.transport.pid, number)


class Site(Peer):
    """Answers each request with its greeting."""

    def connectionMade(self) -> None:
        """Nobody is greeted who has not asked."""

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data.count(b"\r\n\r\n") * self._greeting)


class WorkersTestCase(LiveTestCase):
    """A parent and two workers."""

    timeout = 60

    def start(
        self,
        settings: str = "",
        *,
        environment: dict[str, str] | None = None,
        port: int = 0,
        words: Sequence[str] = tuple(command("frps")),
        folder: str = ".",
    ) -> _Frps:
        """
        @param words: of its command.
        @param folder: where it is started.
        @return: one that has just been started, and ends with the test.
        """
        pages = freePort()
        self.path = os.path.abspath(self.mktemp())
        frps = _Frps(self.reactor, port or freePort(), pages)
        self.write(
            f'workers = 2\nbindAddr = "127.0.0.1"\nbindPort = {frps.config.bindPort}\n'
            f"webServer.port = {pages}\n{settings}\n"
        )
        self.reactor.spawnProcess(frps, words[0], [*words, "-c", self.path], environment or {}, folder)
        self.addCleanup(self._kill, frps)
        return frps

    def write(self, text: str) -> None:
        """This is the configuration."""
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(text)

    def _kill(self, frps: _Frps) -> Deferred[int] | None:
        if frps.ended.called:
            return None
        frps.send(signal.SIGKILL)
        return frps.ended

    async def frps(self, settings: str = "", **values: Any) -> _Frps:
        """@return: one that serves."""
        frps = self.start(settings, **values)
        await frps.said.wait("2 workers serve")
        while len(await self.nodes(frps)) < 2:  # the first has not heard of the other yet
            await deferLater(self.reactor, 0.02)
        return frps

    async def nodes(self, frps: _Frps) -> list[int]:
        """@return: how many clients each worker has."""
        asking = await self.user(frps.pages, Peer(b"GET /api/v2/nodes HTTP/1.0\r\n\r\n"))
        await asking.ended
        data = json.loads(asking.received.partition(b"\r\n\r\n")[2])["data"]
        clients = {one["name"]: one["clients"] for one in data}
        return [clients[name] for name in sorted(clients)]

    async def at(self, frps: _Frps, place: int, *tables: dict[str, Any], **values: Any) -> FRPClient:
        """@return: a client that has come to one of the workers, by trying."""
        for _ in range(40):
            before = await self.nodes(frps)
            client = await self.client(frps, tables, **values)  # type: ignore[arg-type]  # it wants the port only
            while client.session is None:
                await deferLater(self.reactor, 0.02)
            now = await self.nodes(frps)
            if now[place] > before[place]:
                return client
            await client.stopService()
            while await self.nodes(frps) != before:
                await deferLater(self.reactor, 0.02)
        raise AssertionError("all clients come to the other worker")

    def named(self, name: str) -> int:
        """@return: the port of a service that answers with its name."""
        return self.service(lambda: Peer(answer=lambda received: name.encode()))

    async def ask(self, port: int, said: bytes = b"?") -> bytes:
        """@return: what a user is answered."""
        user = await self.user(port, Peer(said))
        user.transport.loseWriteConnection()
        await user.ended
        return user.received


class WorkersTests(WorkersTestCase):
    """What they serve, and how they start and end."""

    async def test_tunnels(self) -> None:
        """Users of clients at either worker are served, wherever they and visitors come in."""
        http = freePort()
        frps = await self.frps(f"vhostHTTPPort = {http}")
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
        site = self.service(lambda: Peer(answer))
        clients = []
        for place, name in enumerate("ab"):
            tables: list[dict[str, Any]] = [
                {"name": name, "type": "tcp", "localPort": self.named(name)},
                {"name": f"{name}.http", "type": "http", "localPort": site, "customDomains": [f"{name}.example"]},
                {"name": f"{name}.stcp", "type": "stcp", "secretKey": "k", "localPort": self.named(name)},
            ]
            clients.append(await self.at(frps, place, *tables))
        bind = freePort()
        visitor = {"name": "v", "type": "stcp", "serverName": "b.stcp", "secretKey": "k", "bindPort": bind}
        await self.at(frps, 0, visitors=[visitor])
        for client, name in zip(clients, "ab", strict=True):
            self.assertEqual(await self.ask(self.port(client, name)), name.encode())
            # Each comes to either of them.
            for _ in range(12):
                request = f"GET / HTTP/1.1\r\nHost: {name}.example\r\nConnection: close\r\n\r\n"
                said = await self.ask(http, request.encode())
                self.assertTrue(said.startswith(b"HTTP/1.1 200 OK") and said.endswith(b"hi"), said)
        await self.lines.wait("start visitor success")
        self.assertEqual(await self.ask(bind), b"b")

    async def test_passed(self) -> None:
        """Users whom one worker has accepted, and the client of another serves, do without the first from then on."""
        http = freePort()
        frps = await self.frps(f"vhostHTTPPort = {http}")
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
        site = self.service(lambda: Site(answer))
        await self.at(frps, 1, {"name": "a", "type": "http", "localPort": site, "customDomains": ["a.example"]})
        request = b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"
        for _ in range(12):
            while b"hi" not in await self.ask(http, request):  # the first has not heard of the proxy yet
                await deferLater(self.reactor, 0.02)
        users = [await self.user(http, Peer(request)) for _ in range(12)]
        await self.until(lambda: all(user.received.count(b"hi") == 1 for user in users))
        first = frps.workers[0]
        os.kill(first, signal.SIGSTOP)
        try:
            for user in users:
                user.transport.write(request)
            await self.until(lambda: all(user.received.count(b"hi") == 2 for user in users))
        finally:
            os.kill(first, signal.SIGCONT)

    async def test_group(self) -> None:
        """Members of a group at both workers have one port, and both serve its users; so does the one that stays."""
        frps = await self.frps()
        port = freePort()
        clients = []
        for place, name in enumerate("ab"):
            group = {"group": "g", "groupKey": "k"}
            table = {"name": name, "type": "tcp", "localPort": self.named(name), "remotePort": port}
            clients.append(await self.at(frps, place, {**table, "loadBalancer": group}))
        answers = {await self.ask(port) for _ in range(20)}
        self.assertEqual(answers, {b"a", b"b"})
        await clients[0].stopService()
        while (await self.nodes(frps))[0]:
            await deferLater(self.reactor, 0.02)
        self.assertEqual({await self.ask(port) for _ in range(10)}, {b"b"})

    async def test_modules(self) -> None:
        """Workers find the packages that the parent finds, and nothing that lies where frps is started."""
        folders = [os.path.abspath(self.mktemp()) for _ in range(2)]
        here, packages = folders
        files = {
            f"{here}/signal.py": "raise SystemExit(7)",
            f"{packages}/twisted/plugins/frpx_own.py": _ANNOUNCED,
            f"{packages}/frpx_own.py": "from frp.hooks.ban import BanKind as Own",
        }
        for path, text in files.items():
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        frps = self.start('hooks = [{type = "own"}]', words=command("frps", packages=packages), folder=here)
        await frps.said.wait("2 workers serve")

    async def begun(self) -> tuple[_Frps, list[int]]:
        """@return: a frps whose workers have just been started, and their processes, the first one first."""
        frps = self.start()
        await self.until(lambda: sum(map(_ignores, _children(frps.transport.pid))) == 2)
        return frps, _children(frps.transport.pid)

    async def test_together(self) -> None:
        """They begin at once; nobody is taken before all have the ports, and whoever has come before is served then."""
        frps, (first, second) = await self.begun()
        os.kill(second, signal.SIGSTOP)
        try:
            await frps.said.wait(f"worker 1 (process {first}) serves")
            table = {"name": "a", "type": "tcp", "localPort": self.named("a")}
            coming = Deferred.fromCoroutine(self.client(frps, [table]))  # type: ignore[arg-type]  # it wants the port only
            await deferLater(self.reactor, 0.5)
            self.assertNotIn("login to server success", self.lines.text)
        finally:
            os.kill(second, signal.SIGCONT)
        client = await coming
        self.assertEqual(await self.ask(self.port(client, "a"), b"?"), b"a")
        self.assertEqual(frps.workers, [first, second])

    async def test_notBegun(self) -> None:
        """What ends before it could serve ends the start, and a start that is ended leaves nobody behind."""
        frps, (_, second) = await self.begun()
        os.kill(second, signal.SIGKILL)
        self.assertEqual(await frps.ended, 1)
        self.assertIn("worker 2 has ended by signal SIGKILL before it could serve", frps.said.text)
        frps, workers = await self.begun()
        for process in (*workers, frps.transport.pid):
            os.kill(process, signal.SIGINT)
        self.assertEqual(await frps.ended, 0)
        self.assertFalse(any(map(_lives, workers)))
        self.assertNotIn("Traceback", frps.said.text)

    async def test_killed(self) -> None:
        """One that is killed is started again; users of the other notice nothing, its own clients come back."""
        frps = await self.frps()
        echo = self.service(lambda: Peer(answer=lambda received: received))
        lasting = await self.at(frps, 0, {"name": "a", "type": "tcp", "localPort": echo})
        user = await self.user(self.port(lasting, "a"), Peer(b"before "))
        lost = freePort()
        await self.at(frps, 1, {"name": "b", "type": "tcp", "localPort": self.named("b"), "remotePort": lost})
        first, second = frps.workers
        again = 1 + self.lines.text.count("[b] start proxy success")  # it may have come to the other one before
        os.kill(second, signal.SIGKILL)
        await frps.said.wait(f"worker 2 (process {second}) has ended by signal SIGKILL, and is started again at once")
        await frps.said.wait("worker 2 (process ", 3)
        await self.lines.wait("[b] start proxy success", again)
        self.assertEqual(await self.ask(lost), b"b")
        user.transport.write(b"behind")
        user.transport.loseWriteConnection()
        await user.ended
        self.assertEqual(user.received, b"before behind")
        self.assertEqual(frps.workers[0], first)

    async def test_balance(self) -> None:
        """Clients of a worker that has died come to the others; where that is wanted they are spread anew."""
        frps = await self.frps("cluster.rebalance = 20\ncluster.rebalanceShare = 100")
        parent, first = frps.transport.pid, frps.workers[0]
        for wait in ("at once", "in 1 s", "in 2 s", "in 4 s"):
            await self.until(lambda: len(_children(parent)) == 2)
            (other,) = set(_children(parent)) - {first}
            os.kill(other, signal.SIGKILL)
            await frps.said.wait(f"is started again {wait}")
        for number in range(6):
            await self.client(frps, [{"name": f"p{number}", "type": "tcp", "localPort": 1}])  # type: ignore[arg-type]
        await frps.said.wait("of 6 clients are sent elsewhere")
        while sorted(await self.nodes(frps)) not in ([2, 4], [3, 3]):
            await deferLater(self.reactor, 0.1)

    async def test_hangs(self) -> None:
        """One that does nothing any more is killed, and started again; its clients come back, and the other serves."""
        soon = "import frp.cli.workers.pulse as pulse; pulse.SILENCE = 3\nfrom frp.cli.frps import main; main()"
        frps = await self.frps(words=python(soon))
        lost = freePort()
        kept = await self.at(frps, 0, {"name": "a", "type": "tcp", "localPort": self.named("a")})
        await self.at(frps, 1, {"name": "b", "type": "tcp", "localPort": self.named("b"), "remotePort": lost})
        first, second = frps.workers
        # The parent stands still for longer than a worker may, and nobody is blamed for that.
        frps.send(signal.SIGSTOP)
        await deferLater(self.reactor, 4)
        frps.send(signal.SIGCONT)
        again = 1 + self.lines.text.count("[b] start proxy success")  # it may have come to the other one before
        os.kill(second, signal.SIGSTOP)
        await frps.said.wait(f"worker 2 (process {second}) has done nothing for 3 s, and is killed")
        self.assertEqual(await self.ask(self.port(kept, "a")), b"a")
        await frps.said.wait(f"worker 2 (process {second}) has ended by signal SIGKILL, and is started again at once")
        await self.lines.wait("[b] start proxy success", again)
        self.assertEqual(await self.ask(lost), b"b")
        self.assertEqual(frps.workers[0], first)
        self.assertEqual(frps.said.text.count("is killed"), 1)

    async def test_reload(self) -> None:
        """SIGHUP: all take what can be taken; what cannot be used is said once."""
        frps = await self.frps()
        with open(self.path, encoding="utf-8") as file:
            text = file.read()
        self.write(f'{text}log.level = "debug"\ntransport.maxPoolCount = 7\n')
        frps.send(signal.SIGHUP)
        said = await frps.said.wait("reloaded: log", 2)
        self.assertEqual(said.count("transport.maxPoolCount"), 2)
        self.write("bindPrt = 1")
        frps.send(signal.SIGHUP)
        said = await frps.said.wait("nothing is reloaded from")
        self.write(text)
        frps.send(signal.SIGHUP)
        said = await frps.said.wait("reloaded: ", 4)
        self.assertEqual(said.count("nothing is reloaded"), 1)

    async def test_stop(self) -> None:
        """SIGTERM: users may finish, then all is over, and nobody listens any more."""
        frps = await self.frps("gracePeriod = 30")
        echo = self.service(lambda: Peer(answer=lambda received: received))
        for place in (0, 1):
            name = f"a{place}"
            client = await self.at(frps, place, {"name": name, "type": "tcp", "localPort": echo})
            user = await self.user(self.port(client, name), Peer(b"before "))
            await self.lines.wait(f"[{name}]")
            if not place:
                first = user
        frps.send(signal.SIGTERM)
        await self.until(lambda: not _listens(frps.config.bindPort))
        for each in (first, user):
            each.transport.write(b"behind")
            each.transport.loseWriteConnection()
            await each.ended
            self.assertEqual(each.received, b"before behind")
        self.assertEqual(await frps.ended, 0)
        self.assertNotIn("has ended", frps.said.text)

    async def test_signalToAll(self) -> None:
        """Terminals and service managers send signals to workers as well: it is for the parent to say what follows."""
        frps = await self.frps()
        for number in (signal.SIGHUP, signal.SIGINT):
            for process in frps.workers:
                os.kill(process, number)
        frps.send(signal.SIGHUP)
        await frps.said.wait("reloaded: nothing", 2)
        for process in (frps.transport.pid, *frps.workers):
            os.kill(process, signal.SIGTERM)
        self.assertEqual(await frps.ended, 0)
        self.assertEqual(frps.said.text.count("reloaded"), 2)

    async def test_secondSignal(self) -> None:
        """A second signal ends all at once."""
        frps = await self.frps("gracePeriod = 300")
        echo = self.service(lambda: Peer(answer=lambda received: received))
        client = await self.client(frps, [{"name": "a", "type": "tcp", "localPort": echo}])  # type: ignore[arg-type]
        user = await self.user(self.port(client, "a"), Peer(b"x"))
        await frps.said.wait("get a user connection")
        frps.send(signal.SIGTERM)
        await self.until(lambda: not _listens(frps.config.bindPort))
        frps.send(signal.SIGTERM)
        self.assertEqual(await frps.ended, -signal.SIGTERM)
        await self.until(lambda: not any(map(_lives, frps.workers)))
        await user.ended

    async def test_parentKilled(self) -> None:
        """Workers whose parent is gone end at once."""
        frps = await self.frps()
        frps.send(signal.SIGKILL)
        await frps.ended
        await self.until(lambda: not any(map(_lives, frps.workers)))
        self.assertFalse(_listens(frps.config.bindPort))

    async def test_taken(self) -> None:
        """A port of somebody else, be it of another frps with workers, is an error, and said once."""
        frps = await self.frps()
        for taken in (frps.config.bindPort, self.named("x")):
            late = self.start(port=taken)
            self.assertEqual(await late.ended, 1)
            self.assertEqual(late.said.text.count("address already in use"), 1, late.said.text)
            self.assertRegex(late.said.text, r"(?m)^create server listener error, listen tcp 127.0.0.1:\d+: bind: ")
            self.assertIn("listens there (bindAddr, bindPort)", late.said.text)
            self.assertNotIn("Traceback", late.said.text)
            self.assertNotIn("worker 2", late.said.text)

    async def test_drained(self) -> None:
        """Whoever lets the clients of one worker go lets those of all go, and frps ends."""
        frps = await self.frps()
        body = b'{"seconds": 0}'
        head = f"POST /api/v2/drain HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        asking = await self.user(frps.pages, Peer(head.encode() + body))
        await asking.ended
        self.assertIn(b" 200 ", asking.received)
        self.assertEqual(await frps.ended, 0)

    async def test_manager(self) -> None:
        """
        A service manager hears that frps is ready when all workers are, and of nothing from workers; whoever reads the
        log is told once.
        """
        address = os.path.abspath(self.mktemp())
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(address)
            manager.setblocking(False)
            frps = self.start(environment={"NOTIFY_SOCKET": address})
            await frps.said.wait("2 workers serve")
            heard: list[bytes] = []
            await self.until(lambda: _heard(manager, heard))
            self.assertEqual(heard, [b"READY=1\nSTATUS=2 workers serve"])
            self.assertRegex(frps.said.text, r"(?s)worker 2 [^\n]* serves\n.*frps started successfully\n")
            self.assertEqual(frps.said.text.count("frps started successfully"), 1)
            self.assertNotIn("of a cluster", frps.said.text)
            for number in (1, 2):
                self.assertRegex(frps.said.text, rf"service\.py:\d+\] \[worker {number}\] frps tcp listen on ")
            frps.send(signal.SIGTERM)
            self.assertEqual(await frps.ended, 0)
            await self.until(lambda: _heard(manager, heard))
            self.assertEqual(heard[1:], [b"STOPPING=1"])


def _heard(manager: socket.socket, heard: list[bytes]) -> bool:
    try:
        heard.append(manager.recv(1000))
    except BlockingIOError:
        return False
    return True


def _children(process: int) -> list[int]:
    with open(f"/proc/{process}/task/{process}/children") as file:
        return sorted(map(int, file.read().split()))


def _ignores(process: int) -> bool:
    """@return: whether it is so far that what a terminal sends is the parent's."""
    with open(f"/proc/{process}/status") as file:
        ignored = re.search(r"SigIgn:\s*(\w+)", file.read())
    return ignored is not None and bool(int(ignored[1], 16) & 1 << signal.SIGINT - 1)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 10).close()
    except ConnectionRefusedError:
        return False
    return True


def _lives(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
