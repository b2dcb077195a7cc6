"""WSGI applications on the streams of a tunnel."""

from __future__ import annotations

import hashlib
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import frp
from frp.test.http.apps.servers import ServerTestCase, fetch

Start = Callable[..., Any]


class Streaming:
    """
    Answers without an end, and notes when it was closed.

    @ivar closed: set when the server has called C{close}.
    @ivar made: bytes that were made.
    """

    def __init__(self) -> None:
        self.closed = threading.Event()
        self.made = 0

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        start("200 OK", [])
        return self

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.made += 1 << 16
            yield bytes(1 << 16)

    def close(self) -> None:
        """The server needs no more."""
        self.closed.set()


class WSGITests(ServerTestCase):
    """A person has an application."""

    def serve(self, app: Any) -> str:
        """@return: its URL, while the test runs."""
        exposure = frp.expose(app, self.server, token="a secret")
        tunnel = exposure.open()
        self.addCleanup(exposure.close)
        return tunnel.url

    def test_environment(self) -> None:
        """It gets what PEP 3333 says."""
        seen: dict[str, Any] = {}

        def app(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
            seen.update(environ)
            start("204 No Content", [])
            return ()

        url = self.serve(app)
        self.assertEqual(fetch(url + "/a%20b/%C3%A9?x=1&y", headers={"X-A": "b", "Cookie": "c=d"}), (204, b""))
        self.assertEqual(seen["PATH_INFO"].encode("latin-1").decode(), "/a b/é")
        self.assertEqual((seen["QUERY_STRING"], seen["REQUEST_METHOD"], seen["SCRIPT_NAME"]), ("x=1&y", "GET", ""))
        self.assertEqual((seen["HTTP_X_A"], seen["HTTP_COOKIE"]), ("b", "c=d"))
        self.assertEqual(seen["HTTP_HOST"], url.removeprefix("http://"))
        self.assertEqual(
            (seen["REMOTE_ADDR"], seen["wsgi.url_scheme"], seen["SERVER_PROTOCOL"]), ("127.0.0.1", "http", "HTTP/1.1")
        )

    def test_validated(self) -> None:
        """Python's own checker of the rules has nothing to say against us."""
        from wsgiref.validate import validator

        @validator
        def app(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
            body = environ["wsgi.input"].read(10)
            start("200 OK", [("Content-Type", "text/plain")])
            return [body]

        self.assertEqual(fetch(self.serve(app), b"hello"), (200, b"hello"))

    def test_bodies(self) -> None:
        """Large bodies pass, both ways, with and without their length said."""

        def app(environ: dict[str, Any], start: Start) -> Iterator[bytes]:
            start("200 OK", [])
            while data := environ["wsgi.input"].read(1 << 14):
                yield data

        url, body = self.serve(app), bytes(range(256)) * 20_000
        self.assertEqual(fetch(url, body), (200, body))
        chunks = b"".join(b"10000\r\n" + bytes(1 << 16) + b"\r\n" for _ in range(40)) + b"0\r\n\r\n"
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), 20) as user:
            user.sendall(
                b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + chunks
            )
            received = b"".join(iter(lambda: user.recv(1 << 16), b""))
        self.assertGreater(len(received), 40 << 16)

    def test_keepAlive(self) -> None:
        """A response with one piece says its length, and the connection is used again."""

        def app(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
            start("200 OK", [("Connection", "close"), ("Transfer-Encoding", "chunked")])
            return [b"hello"]

        port = int(self.serve(app).rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), 20) as user, user.makefile("rb") as answers:
            for _ in range(2):
                user.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                head = list(iter(answers.readline, b"\r\n"))
                self.assertIn(b"Content-Length: 5\r\n", head)
                self.assertNotIn(b"Transfer-Encoding: chunked\r\n", head)
                self.assertEqual(answers.read(5), b"hello")

    def test_leaves(self) -> None:
        """A user who reads nothing holds the application up; one who leaves ends it."""
        app = Streaming()
        port = int(self.serve(app).rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), 20) as user:
            user.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertTrue(user.recv(1000))
        self.assertTrue(app.closed.wait(20))
        self.assertLess(app.made, 1 << 28)

    def test_fails(self) -> None:
        """What it raises is a 500, and in the log; the next request is answered."""

        def app(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
            if environ["PATH_INFO"] == "/raise":
                raise ValueError("a bug")
            if environ["PATH_INFO"] == "/silent":
                return []
            if environ["PATH_INFO"] == "/exit":
                sys.exit(1)
            fields = {"/split": [("X-Bad", "a\r\nb: c")], "/length": [("Content-Length", "many")]}
            start(
                {"/99": "99 Odd", "/101": "101 Odd"}.get(environ["PATH_INFO"], "200 OK"),
                fields.get(environ["PATH_INFO"], []),
            )
            return ["text"] if environ["PATH_INFO"] == "/text" else [b"well"]  # type: ignore[list-item]

        url = self.serve(app)
        paths = ("/raise", "/silent", "/split", "/exit", "/length", "/99", "/101", "/text")
        with self.assertLogs("frp.expose", "ERROR") as logged:
            for path in paths:
                self.assertEqual(fetch(url + path)[0], 500, path)
        self.assertEqual(fetch(url), (200, b"well"))
        self.assertEqual(len(logged.output), len(paths))
        self.assertIn("ValueError: a bug", logged.output[0])

    def test_noContent(self) -> None:
        """What has no body says no length of one."""

        def app(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
            start("204 No Content", [])
            return [b"ignored"]

        port = int(self.serve(app).rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), 20) as user:
            user.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            answer = b"".join(iter(lambda: user.recv(1 << 16), b""))
        self.assertNotIn(b"Content-Length", answer)

    def test_closeFails(self) -> None:
        """What its close raises is in the log, after a whole answer."""

        class Made(list[bytes]):
            def close(self) -> None:
                raise OSError("a bug at the end")

        def app(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
            start("200 OK", [])
            return Made([b"well"])

        with self.assertLogs("frp.expose", "ERROR") as logged:
            url = self.serve(app)
            self.assertEqual(fetch(url), (200, b"well"))
            self.assertEqual(fetch(url), (200, b"well"))  # the first one's log is written by now
        self.assertIn("OSError: a bug at the end", logged.output[0])

    def test_ends(self) -> None:
        """An application that does not return, or that nobody reads, does not keep the program from ending."""
        program = f"""
import socket, threading
import frp

here = threading.Semaphore(0)

def app(environ, start):
    start("200 OK", [])
    here.release()
    if environ["PATH_INFO"] == "/":
        threading.Event().wait()
    while True:
        yield bytes(1 << 16)

tunnel = frp.expose(app, {self.server!r}, token="a secret").open()
users = []
for path in (b"/", b"/stream"):
    users.append(socket.create_connection(("127.0.0.1", int(tunnel.url.rpartition(":")[2]))))
    users[-1].sendall(b"GET " + path + b" HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
    here.acquire()
print("ends")
"""
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20)
        self.assertEqual((done.returncode, done.stdout), (0, "ends\n"))

    def test_again(self) -> None:
        """An error page may replace what was begun, as long as nothing was sent; write works."""

        def app(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
            start("200 OK", [])
            try:
                raise ValueError("a bug")
            except ValueError as error:
                write = start("503 Sorry", [], (ValueError, error, None))
            write(b"so")
            return [b"rry"]

        self.assertEqual(fetch(self.serve(app)), (503, b"sorry"))

    def test_many(self) -> None:
        """More requests at a time than there are threads are answered, one after another."""

        def app(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
            start("200 OK", [])
            return [hashlib.sha256(environ["PATH_INFO"].encode()).hexdigest().encode()]

        url, wrong = self.serve(app), []

        def ask(number: int) -> None:
            if fetch(f"{url}/{number}") != (200, hashlib.sha256(f"/{number}".encode()).hexdigest().encode()):
                wrong.append(number)

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(60)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        self.assertEqual(wrong, [])
