"""WSGI applications: each request in a thread of a pool."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from functools import partial
from tempfile import SpooledTemporaryFile
from threading import Condition
from typing import Any
from urllib.parse import unquote_to_bytes

from twisted.internet.interfaces import IPushProducer
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.http.apps.request import WSGI, addressOf, applicationFields, checkStatus, checkText, split, wantsContinue
from frp.http.apps.workers import Workers
from frp.http.exchange import IExchange, IReceiver
from frp.http.server import HTTPServer
from frp.interfaces import IClientPluginSite
from frp.wire.http.fields import Fields

__all__ = ["THREADS", "WSGIServer"]

#: How many requests are answered at a time.
THREADS = 20

#: Bytes of a request's body that are kept in memory; more goes to a temporary file.
IN_MEMORY = 1 << 20

#: Bytes of a request's body that are taken.
LARGEST = 1 << 30

#: Bytes of a response that may wait for the reactor.
WAITING = 1 << 18


class WSGIServer(HTTPServer):
    """Answers with a WSGI application (PEP 3333). A body is read whole before the application is called."""

    def __init__(self, app: WSGI, site: IClientPluginSite) -> None:
        super().__init__(self._begin, site.clock, site.log)
        self.app = app
        self.reactor = site.reactor
        self.threads: Workers | None = None

    def startFactory(self) -> None:
        self.threads = Workers(THREADS, "frp.expose")

    def stopFactory(self) -> None:
        """No more users come. Nobody waits for an application that does not return."""
        self.shut()
        threads, self.threads = self.threads, None
        if threads is not None:
            threads.stop()

    def _begin(self, exchange: IExchange) -> None:
        exchange.receive(_Request(self, exchange))


class _Gone(Exception):
    """The user has left: nobody reads what the application makes."""


class _Gate:
    """Holds up a thread while the user, or the reactor, is slower than it."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._waiting = 0
        self._paused = self._gone = False

    def enter(self, size: int) -> None:
        """
        In the thread: wait until so much may be given to the reactor.

        @raise _Gone: nobody is there any more.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._gone or not (self._paused or self._waiting > WAITING))
            if self._gone:
                raise _Gone
            self._waiting += size

    def left(self, size: int) -> None:
        """In the reactor: so much was written."""
        with self._changed:
            self._waiting -= size
            self._changed.notify()

    def set(self, *, paused: bool = False, gone: bool = False) -> None:
        """In the reactor: the user reads, does not, or has left."""
        with self._changed:
            self._paused, self._gone = paused, self._gone or gone
            self._changed.notify()


@implementer(IReceiver, IPushProducer)
class _Request:
    """One request, from its body to the last byte of its response."""

    def __init__(self, server: WSGIServer, exchange: IExchange) -> None:
        self._server = server
        self._exchange = exchange
        self._gate = _Gate()
        self._body = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - it is closed with the request
        self._size = 0
        self._head: tuple[int, bytes, Fields] | None = None
        self._sent = False
        if wantsContinue(exchange.head.fields):
            exchange.inform(100)

    # The body, in the reactor

    def bodyReceived(self, data: bytes) -> None:
        self._size += len(data)
        if self._size <= LARGEST:
            self._body.write(data)
        elif not self._exchange.answered:
            self._exchange.reply(413)

    def bodyEnded(self, trailers: Fields | None) -> None:
        threads = self._server.threads
        if self._exchange.over or threads is None:
            self._body.close()
            return
        self._body.seek(0)
        self._exchange.registerProducer(self, True)
        threads.submit(partial(self._run, self._environ()))

    def exchangeLost(self, reason: Failure) -> None:
        self._gate.set(gone=True)

    def pauseProducing(self) -> None:
        self._gate.set(paused=True)

    def resumeProducing(self) -> None:
        self._gate.set()

    def stopProducing(self) -> None:
        self._gate.set(gone=True)

    def _environ(self) -> dict[str, object]:
        head, exchange = self._exchange.head, self._exchange
        path, query = split(head.target)
        (serverHost, serverPort), (userHost, userPort) = addressOf(exchange.host), addressOf(exchange.peer)
        environ = {
            "REQUEST_METHOD": head.method.decode("latin-1"),
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query.decode("latin-1"),
            "SERVER_NAME": serverHost,
            "SERVER_PORT": str(serverPort),
            "SERVER_PROTOCOL": head.version.decode("latin-1"),
            "REMOTE_ADDR": userHost,
            "REMOTE_PORT": str(userPort),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "https" if exchange.secure else "http",
            "wsgi.input": self._body,
            "wsgi.input_terminated": True,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "CONTENT_LENGTH": str(self._size) if self._size else "",
        }
        for name in {name.lower() for name, _ in head.fields if b"_" not in name}:
            key = name.decode("latin-1").upper().replace("-", "_")
            value = (b"; " if name == b"cookie" else b", ").join(head.fields.all(name)).decode("latin-1")
            if key == "CONTENT_TYPE":
                environ[key] = value
            elif key != "CONTENT_LENGTH":
                environ[f"HTTP_{key}"] = value
        return environ

    # The application, in its thread

    def _run(self, environ: dict[str, object]) -> None:
        made: Iterable[bytes] = ()
        try:
            made = self._server.app(environ, self._start)
            alone = len(made) == 1 if isinstance(made, list | tuple) else False
            for piece in made:
                if piece:
                    self._write(piece, alone=alone)
            self._in(self._end)
        except _Gone:
            pass
        except BaseException:  # sys.exit() too is no answer
            self._in(self._broke, Failure())
        finally:
            self._release(made)

    def _release(self, made: Iterable[bytes]) -> None:
        try:
            getattr(made, "close", lambda: None)()
        except BaseException:
            self._in(self._broke, Failure())
        finally:
            self._body.close()

    def _start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
        if exc_info is not None and self._sent:
            raise exc_info[1]
        if exc_info is None and self._head is not None:
            raise AssertionError("start_response is called once, or with exc_info")
        code, _, reason = status.partition(" ")
        pairs = ((name.encode("latin-1"), value.encode("latin-1")) for name, value in headers)
        checkText("status", reason.encode("latin-1"))
        self._head = checkStatus(int(code)), reason.encode("latin-1"), applicationFields(pairs)
        return self._write

    def _write(self, data: bytes, *, alone: bool = False) -> None:
        if self._head is None:
            raise AssertionError("start_response is called before anything is written")
        if not isinstance(data, bytes):
            raise TypeError(f"a response is made of bytes, not of {type(data).__name__}")
        if alone and not self._sent and self._head[0] not in (204, 304) and b"content-length" not in self._head[2]:
            self._head[2].add(b"Content-Length", b"%d" % len(data))
        self._sent = True
        self._gate.enter(len(data))
        self._in(self._send, data)

    def _in(self, function: Callable[..., None], *arguments: object) -> None:
        self._server.reactor.callFromThread(function, *arguments)

    # The response, in the reactor

    def _answer(self) -> bool:
        """Send the head, if it was not. Returns whether anybody is there."""
        if self._exchange.over:
            return False
        if not self._exchange.answered:
            assert self._head is not None
            code, reason, fields = self._head
            self._exchange.answer(code, fields, reason)
        return True

    def _send(self, data: bytes) -> None:
        if self._answer():
            self._exchange.write(data)
        self._gate.left(len(data))

    def _end(self) -> None:
        if self._head is None:
            self._broke(Failure(AssertionError("the application did not call start_response")))
        elif self._answer():
            self._exchange.unregisterProducer()
            self._exchange.finish()

    def _broke(self, failure: Failure) -> None:
        self._server.serving.log.failure("the application failed", failure)
        if not self._exchange.over:
            self._exchange.unregisterProducer()
            self._server.serving.fail(self._exchange)
