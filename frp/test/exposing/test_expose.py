"""A program shows something to the world."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any

import frp
from frp.errors import ConfigErrors, FRPError, Refused, Unavailable
from frp.exposing import Tunnel
from frp.test.http.apps.servers import ServerTestCase, fetch
from frp.test.interop.programs import freePort
from frp.test.interop.services import Service, echo, exchange


def hello(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """A WSGI application."""
    start("200 OK", [("Content-Type", "text/plain")])
    return [b"hello from " + environ["PATH_INFO"].encode()]


async def hallo(scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
    """An ASGI application, which says in which thread it is."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": threading.current_thread().name.encode()})


def silent(connection: socket.socket) -> None:
    """Listens, and says nothing."""
    while connection.recv(1 << 16):
        pass


class ExposeTests(ServerTestCase):
    """Ways to expose things, through our frps."""

    def setUp(self) -> None:
        self.service = Service(echo)
        self.addCleanup(self.service.close)

    def use(self, tunnel: Tunnel) -> None:
        """Be a user of the echo."""
        sent, received = exchange(int(tunnel.url.rpartition(":")[2]), 100_000)
        self.assertEqual(sent, received)

    def test_script(self) -> None:
        """A script exposes a port: users come while it is in the with block."""
        with frp.expose(self.service.port, self.server, token="a secret") as tunnel:
            self.assertRegex(tunnel.url, r"^tcp://127\.0\.0\.1:\d+$")
            self.assertEqual(tunnel.status, "running")
            self.use(tunnel)
        self.assertEqual(tunnel.status, "not connected")

    def test_log(self) -> None:
        """What happens is in Python's log, under the name frp.expose."""
        with (
            self.assertLogs("frp.expose", "INFO") as logged,
            frp.expose(self.service.port, self.server, token="a secret", name="mine"),
        ):
            pass
        self.assertTrue([line for line in logged.output if "[mine] start proxy success" in line], logged.output)

    def test_asyncio(self) -> None:
        """A coroutine of asyncio does, and its loop goes on meanwhile; two tunnels at once."""

        async def main() -> None:
            async with (
                frp.expose(self.service.port, self.server, token="a secret") as one,
                frp.expose(f"127.0.0.1:{self.service.port}", self.server, token="a secret") as other,
            ):
                self.assertNotEqual(one.url, other.url)
                for tunnel in (one, other):
                    await asyncio.to_thread(self.use, tunnel)

        asyncio.run(main())

    def test_notebook(self) -> None:
        """In a notebook a loop runs already; open and close need no block."""

        async def cell() -> None:
            exposure = frp.expose(self.service.port, self.server, token="a secret")
            tunnel = exposure.open()
            self.use(tunnel)
            self.assertRaises(RuntimeError, exposure.open)
            exposure.close()
            exposure.close()

        asyncio.run(cell())

    def test_twisted(self) -> None:
        """In a coroutine that Twisted runs, the tunnel lives in the reactor that is there, without another thread."""
        program = f"""
import threading
from twisted.internet import reactor, task, defer
import frp

async def main(reactor):
    async with frp.expose({self.service.port}, {self.server!r}, token="a secret") as tunnel:
        print(tunnel.url, [thread.name for thread in threading.enumerate() if "expose" in thread.name])
    with frp.expose({self.service.port}, {self.server!r}, token="a secret") as tunnel:
        print(tunnel.status)

task.react(lambda reactor: defer.Deferred.fromCoroutine(main(reactor)))
"""
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"^tcp://127\.0\.0\.1:\d+ \[\]\nrunning\n$")

    def test_ends(self) -> None:
        """The server may have a name; a script that is done ends, and the reactor that is installed never ran."""
        program = f"""
import frp
with frp.expose({self.service.port}, {self.server.replace("127.0.0.1", "localhost")!r}, token="a secret") as tunnel:
    pass
from twisted.internet import reactor
print(reactor.running, tunnel.status)
"""
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
        self.assertEqual((done.stdout, done.stderr), ("False not connected\n", ""))

    def test_fork(self) -> None:
        """A process that is forked off has tunnels of its own, and does not close those of the one it comes from."""
        program = f"""
import asyncio, os, sys, urllib.request
import frp

def app(environ, start):
    start("200 OK", [])
    return [b"%d" % os.getpid()]

async def other(scope, receive, send):
    if scope["type"] == "http":
        await send({{"type": "http.response.start", "status": 200}})
        await send({{"type": "http.response.body", "body": b"%d" % os.getpid()}})

def use(tunnel, pid):
    assert int(urllib.request.urlopen(tunnel.url, timeout=20).read()) == pid

with (
    frp.expose(app, {self.server!r}, token="a secret") as one,
    frp.expose(other, {self.server!r}, token="a secret") as two,
):
    first = os.getpid()
    use(two, first)
    child = os.fork()
    if child:
        print(os.waitpid(child, 0)[1])
        use(one, first)
        use(two, first)
    else:
        for made in (app, other):
            with frp.expose(made, {self.server!r}, token="a secret") as own:
                use(own, os.getpid())
"""
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
        self.assertEqual((done.stdout, done.stderr, done.returncode), ("0\n", "", 0))

    def test_threads(self) -> None:
        """Threads that open the program's first tunnels at the same time share one reactor."""
        program = f"""
import threading
import frp

together, seen = threading.Barrier(10), set()

def run():
    together.wait()
    with frp.expose(80, {self.server!r}, token="a secret"):
        seen.update(thread.ident for thread in threading.enumerate() if thread.name == "frp.expose")

threads = [threading.Thread(target=run) for _ in range(10)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(seen))
"""
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
        self.assertEqual((done.stdout, done.stderr), ("1\n", ""))

    def test_abandoned(self) -> None:
        """A coroutine that is cancelled at the moment when the tunnel is there leaves none behind."""
        exposure = frp.expose(80, self.server, token="a secret", name="abandoned")

        async def main() -> None:
            async with exposure:
                raise AssertionError("it was cancelled")

        async def cancelling() -> None:
            task = asyncio.create_task(main())
            await asyncio.sleep(0)  # the opening has begun
            self.assertTrue(opened.wait(20))  # the loop stands still, the reactor does not
            task.cancel()
            await asyncio.wait([task])

        opened = threading.Event()
        make = exposure.make

        def noting(reactor: Any, loop: Any) -> Tunnel:
            tunnel = make(reactor, loop)
            opening = tunnel.open

            def noted(timeout: float) -> Any:
                def there(result: Any) -> Any:
                    reactor.callLater(0, opened.set)
                    return result

                return opening(timeout).addBoth(there)

            tunnel.open = noted  # type: ignore[method-assign]
            return tunnel

        exposure.make = noting
        asyncio.run(cancelling())
        with frp.expose(80, self.server, token="a secret", name="abandoned") as tunnel:
            self.assertEqual(tunnel.status, "running")

    def test_wsgi(self) -> None:
        """A WSGI application is served without a port of this machine, and the URL says http."""
        with frp.expose(hello, self.server, token="a secret") as tunnel:
            self.assertEqual(fetch(tunnel.url + "/there"), (200, b"hello from /there"))

    def test_asgi(self) -> None:
        """An ASGI application runs in the loop of the program, or in one of its own where the program has none."""

        async def main() -> None:
            async with frp.expose(hallo, self.server, token="a secret") as tunnel:
                said = await asyncio.to_thread(fetch, tunnel.url)
                self.assertEqual(said, (200, threading.current_thread().name.encode()))

        asyncio.run(main())
        with frp.expose(hallo, self.server, token="a secret") as tunnel:
            self.assertEqual(fetch(tunnel.url), (200, b"frp.expose.asgi"))

    def test_web(self) -> None:
        """Behind a name: the URL is what frps has answered."""
        for keys, host in (({"subdomain": "app"}, "app.example.com"), ({"customDomains": ["a.test"]}, "a.test")):
            with frp.expose(hello, self.server, token="a secret", type="http", **keys) as tunnel:
                self.assertEqual(tunnel.url, f"http://{host}:{self.web}")
                self.assertEqual(fetch(tunnel.url + "/x"), (200, b"hello from /x"))

    def test_secret(self) -> None:
        """Without a place of its own, for visitors."""
        with frp.expose(
            self.service.port, self.server, token="a secret", type="stcp", name="s", secretKey="k"
        ) as tunnel:
            self.assertEqual((tunnel.url, tunnel.remoteAddress, tunnel.status), ("stcp:s", "", "running"))

    def test_remotePort(self) -> None:
        """The port that is asked for is the port."""
        port = freePort()
        with frp.expose(self.service.port, self.server, token="a secret", remotePort=port) as tunnel:
            self.assertEqual(tunnel.url, f"tcp://127.0.0.1:{port}")
            error = self.assertRaises(
                FRPError, frp.expose(self.service.port, self.server, token="a secret", remotePort=port).open
            )
        self.assertIsInstance(error, Refused)
        self.assertIn("refuses the tunnel: port ", str(error))

    def test_wrongToken(self) -> None:
        """The error says what is wrong."""
        error = self.assertRaises(Refused, frp.expose(1, self.server, token="a guess").open)
        self.assertIn("token in login doesn't match token from configuration", str(error))

    def test_nobody(self) -> None:
        """Where no frps is, it says so at once; where one is silent, after the timeout."""
        error = self.assertRaises(Unavailable, frp.expose(1, f"127.0.0.1:{freePort()}").open)
        self.assertIn("connection refused; nothing listens there: is frps running", str(error))
        deaf = Service(silent)
        self.addCleanup(deaf.close)
        exposure = frp.expose(
            1, f"127.0.0.1:{deaf.port}", timeout=0.5, client={"transport": {"tls": {"enable": False}}}
        )
        error = self.assertRaises(Unavailable, exposure.open)
        self.assertIn("within 0.5 seconds", str(error))

    def test_cancelled(self) -> None:
        """A task that is cancelled while it waits leaves nothing behind."""
        deaf = Service(silent)
        self.addCleanup(deaf.close)

        async def main() -> None:
            async with frp.expose(1, f"127.0.0.1:{deaf.port}"):
                raise AssertionError("there is no tunnel")

        async def cancelling() -> None:
            task = asyncio.create_task(main())
            await asyncio.sleep(0)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                return
            raise AssertionError("it was cancelled")

        asyncio.run(cancelling())

    def test_wrongThings(self) -> None:
        """What cannot be exposed is refused at once, in words."""
        for wrong in (object(), 1.5, True, None):
            error = self.assertRaises(TypeError, frp.expose, wrong)
            self.assertIn("cannot be exposed: it should be a port, host:port", str(error))
        self.assertRaises(ValueError, frp.expose, 70000)
        error = self.assertRaises(ValueError, frp.expose, "app:app")
        self.assertIn("'app:app' is no endpoint such as unix:/run/app.sock", str(error))
        self.assertIn("from app import app; frp.expose(app)", str(error))
        self.assertRaises(ValueError, frp.expose, 80, "host:port")
        error = self.assertRaises(ConfigErrors, frp.expose, 80, type="htp")
        self.assertIn("unknown proxy type: htp", str(error))
        self.assertRaises(ConfigErrors, frp.expose, 80, proxy={"remotPort": 1})

    def test_addresses(self) -> None:
        """The server's port is 7000 where none is given; brackets for IPv6 as everywhere."""
        from frp.exposing.exposure import serverKeys

        for text, host, port in (
            ("frps.example.com", "frps.example.com", 7000),
            ("frps.example.com:7001", "frps.example.com", 7001),
            ("[::1]:7001", "::1", 7001),
            ("[::1]", "::1", 7000),
            ("::1", "::1", 7000),
        ):
            self.assertEqual(serverKeys(text), {"serverAddr": host, "serverPort": port})

    def test_noAddress(self) -> None:
        """What is no address is refused at once, and the parameter is named."""
        for nothing in ("", ":7000", "host:", "host:0", "host:70000", "host:http"):
            error = self.assertRaises(ValueError, frp.expose, 80, nothing)
            self.assertIn(f"server is {nothing!r}: it should be the address of an frps, HOST or HOST:PORT", str(error))
        self.assertIn("server is None: ", str(self.assertRaises(TypeError, frp.expose, 80, server=None)))


class ReferenceTests(ExposeTests):
    """The same through the Go frps."""

    maker = "go"
