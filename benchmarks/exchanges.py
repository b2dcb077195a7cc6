"""What users say and are answered, so many of them at any time: on a connection for each answer, or on kept ones."""

from __future__ import annotations

import select
import socket
import time
from dataclasses import dataclass

__all__ = ["ASK_WEB", "ASK_WEB_ONCE", "ECHO", "MOST_CONNECTIONS", "Exchange", "exchanges"]

#: Loopback reuses a user's port after a second; the kernel has 28,000 of them by default.
MOST_CONNECTIONS = 12_000

_PATIENCE = 60.0


@dataclass(frozen=True)
class Exchange:
    """
    @ivar ask: what the user says.
    @ivar ends: with what the answer to it ends.
    @ivar keep: whether he then says it again, on the same connection; else he closes it.
    """

    ask: bytes
    ends: bytes
    keep: bool = False


#: Sixty-four bytes, and the same again.
ECHO = Exchange(bytes(range(64)), bytes(range(64)))

#: A request for the small page of the services.
ASK_WEB = Exchange(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"has.", keep=True)
ASK_WEB_ONCE = Exchange(ASK_WEB.ask[:-2] + b"Connection: close\r\n\r\n", ASK_WEB.ends)


def exchanges(port: int, exchange: Exchange, atOnce: int, seconds: float, host: str = "127.0.0.1") -> tuple[int, float]:
    """
    As many as will go in so many seconds.

    @param atOnce: how many users there are at any time.
    @return: how many there were, and how many seconds they took.
    @raise RuntimeError: a connection failed, or an answer did not come.
    """
    try:
        return _Users(host, port, exchange).run(atOnce, seconds)
    except OSError as error:
        raise RuntimeError(f"a connection failed: {error}") from error


class _Users:
    """All of them, in one loop."""

    def __init__(self, host: str, port: int, exchange: Exchange) -> None:
        self._place = (host, port)
        self._exchange = exchange
        self._poll = select.epoll()
        self._pending: dict[int, socket.socket] = {}
        self._said: dict[int, bytes] = {}

    def run(self, atOnce: int, seconds: float) -> tuple[int, float]:
        pending, exchange = self._pending, self._exchange
        done = 0
        start = now = time.perf_counter()
        for _ in range(atOnce):
            self._begin()
        while pending:
            events = self._poll.poll(_PATIENCE)
            if not events:
                raise ConnectionError(f"no answer for {_PATIENCE:.0f} s")
            going = now - start < seconds and (exchange.keep or done < MOST_CONNECTIONS)
            for number, event in events:
                if event & select.EPOLLOUT:
                    pending[number].send(exchange.ask)
                    self._poll.modify(number, select.EPOLLIN)
                elif self._answered(number):
                    done += 1
                    self._next(number, going)
            now = time.perf_counter()
        self._poll.close()
        return done, now - start

    def _begin(self) -> None:
        connection = socket.socket()
        connection.setblocking(False)
        connection.connect_ex(self._place)
        self._pending[connection.fileno()] = connection
        self._poll.register(connection, select.EPOLLOUT)

    def _answered(self, number: int) -> bool:
        """@return: whether all of an answer is there."""
        data = self._pending[number].recv(4096)
        if not data:
            raise ConnectionError("the tunnel closed the connection before the answer came")
        said = self._said.pop(number, b"") + data
        if said.endswith(self._exchange.ends):
            return True
        if len(said) > 4096:
            raise ConnectionError(f"no answer: {said[:100]!r}")
        self._said[number] = said
        return False

    def _next(self, number: int, going: bool) -> None:
        """Somebody has his answer."""
        if going and self._exchange.keep:
            self._pending[number].send(self._exchange.ask)
            return
        self._pending.pop(number).close()
        if going:
            self._begin()
