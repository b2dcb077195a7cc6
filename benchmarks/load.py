"""
What the user does: round trips, connections, web requests, bulk.

Everything here runs beside the programs it measures, so it blocks where it can and works in one process where it must.
"""

from __future__ import annotations

import gc
import re
import select
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.bulk import Content, Tally, pumpFrom
from benchmarks.peers import Target
from benchmarks.processes import Worker

__all__ = ["BulkResult", "bulk", "connections", "idleConnections", "missingWrk", "moving", "requests", "roundTrips"]

_PAYLOAD = bytes(range(64))
_PATIENCE = 20.0

# Loopback reuses a user's port after a second; the kernel has 28,000 of them by default.
_MOST_CONNECTIONS = 12_000


def _connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), _PATIENCE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _echo(connection: socket.socket) -> None:
    """
    One round trip.

    @raise ConnectionError: the tunnel closed the connection.
    """
    connection.sendall(_PAYLOAD)
    missing = len(_PAYLOAD)
    while missing:
        data = connection.recv(missing)
        if not data:
            raise ConnectionError("the tunnel closed the connection before the echo came")
        missing -= len(data)


def _waitUntil(condition: Callable[[], bool], what: str) -> None:
    end = time.perf_counter() + _PATIENCE
    while not condition():
        if time.perf_counter() > end:
            raise RuntimeError(f"{what}: not after {_PATIENCE:.0f} s")
        time.sleep(0.005)


@dataclass(frozen=True)
class BulkResult:
    """
    @ivar rate: megabytes (10**6 bytes) of the user's data a second.
    @ivar cpu: CPU seconds of frps and frpc together for 10**9 bytes of the user's data.
    """

    rate: float
    cpu: float


@contextmanager
def moving(target: Target, proxies: Sequence[str], content: Content | None, served: Tally) -> Iterator[Tally]:
    """
    Bulk streams, one through each of the named proxies, for as long as the context lasts.

    @param content: what the user sends; C{None} if the user receives.
    @param served: the tally of the services.
    @return: the tally of the receiving end.
    """
    mine = Tally()
    receiver = mine if content is None else served
    before = receiver.sunk
    worker = Worker(pumpFrom, [target.port(name) for name in proxies], content, mine)
    try:
        _waitUntil(lambda: receiver.sunk > before or not worker.alive, "a first byte")
        yield receiver
        if not worker.alive:
            raise RuntimeError("the user's end of the bulk streams failed")
    finally:
        worker.stop()
        _waitUntil(lambda: served.open == 0, "the bulk streams' end at the service")


def bulk(target: Target, proxies: Sequence[str], content: Content | None, served: Tally, seconds: float) -> BulkResult:
    """
    The rate of bulk streams in steady state.

    Received bytes are counted for C{seconds}, from a moment after the first, when windows have grown.
    """
    with moving(target, proxies, content, served) as receiver:
        time.sleep(0.2)
        cpu, bytes_, clock = target.cpu(), receiver.sunk, time.perf_counter()
        time.sleep(seconds)
        moved = receiver.sunk - bytes_
        rate = moved / (time.perf_counter() - clock)
        spent = target.cpu() - cpu
    if not moved:
        raise RuntimeError("the bulk stream stands still")
    return BulkResult(rate / 1e6, spent / moved * 1e9)


def roundTrips(port: int, seconds: float) -> list[float]:
    """How long each of many 64-byte round trips on one connection took, in microseconds, sorted."""
    took: list[float] = []
    with _connect(port) as connection:
        for _ in range(100):
            _echo(connection)
        gc.disable()
        try:
            now = time.perf_counter_ns()
            end = now + int(seconds * 1e9)
            while now < end:
                _echo(connection)
                then, now = now, time.perf_counter_ns()
                took.append((now - then) / 1000)
        finally:
            gc.enable()
    took.sort()
    return took


def connections(port: int, atOnce: int, seconds: float) -> float:
    """
    Connections a second, C{atOnce} of them at any time; each sends 64 bytes, waits for the echo, and closes.

    @raise RuntimeError: one of them failed.
    """
    try:
        return _oneByOne(port, seconds) if atOnce == 1 else _together(port, atOnce, seconds)
    except OSError as error:
        raise RuntimeError(f"a connection failed: {error}") from error


def _oneByOne(port: int, seconds: float) -> float:
    done = 0
    start = now = time.perf_counter()
    while now - start < seconds and done < _MOST_CONNECTIONS:
        with _connect(port) as connection:
            _echo(connection)
        done += 1
        now = time.perf_counter()
    return done / (now - start)


def _together(port: int, atOnce: int, seconds: float) -> float:
    poll = select.epoll()
    pending: dict[int, socket.socket] = {}
    done = 0

    def begin() -> None:
        connection = socket.socket()
        connection.setblocking(False)
        connection.connect_ex(("127.0.0.1", port))
        pending[connection.fileno()] = connection
        poll.register(connection, select.EPOLLOUT)

    start = now = time.perf_counter()
    for _ in range(atOnce):
        begin()
    while pending:
        events = poll.poll(_PATIENCE)
        if not events:
            raise ConnectionError(f"no echo for {_PATIENCE:.0f} s")
        going = now - start < seconds and done < _MOST_CONNECTIONS
        for number, event in events:
            connection = pending[number]
            if event & select.EPOLLOUT:
                connection.send(_PAYLOAD)
                poll.modify(connection, select.EPOLLIN)
                continue
            if len(connection.recv(128)) != len(_PAYLOAD):
                raise ConnectionError("the tunnel closed the connection before the echo came")
            del pending[number]
            connection.close()
            done += 1
            if going:
                begin()
        now = time.perf_counter()
    poll.close()
    return done / (now - start)


@contextmanager
def idleConnections(port: int, count: int) -> Iterator[None]:
    """
    Connections that have had one echo, so that the whole way stands, and then say nothing.

    Each is asked for an echo again at the end: a connection that was given up meanwhile costs no memory.

    @raise ConnectionError: one did not stand that long.
    """
    held: list[socket.socket] = []
    try:
        for _ in range(count):
            held.append(_connect(port))
            _echo(held[-1])
        yield
        for connection in held:
            _echo(connection)
    finally:
        for connection in held:
            connection.close()


def missingWrk() -> str:
    """Why web requests cannot be measured; empty if they can."""
    return "" if shutil.which("wrk") else "wrk is not installed"


def requests(port: int, seconds: float, *, close: bool) -> float:
    """
    Web requests a second, sixteen at any time.

    @param close: a new connection for each.
    @raise RuntimeError: wrk failed, or some of the answers were not right.
    """
    command = ["wrk", "-t1", "-c16", f"-d{max(1, round(seconds))}s"]
    command += ["-H", "Connection: close"] if close else []
    said = subprocess.run(
        [*command, f"http://127.0.0.1:{port}/"], capture_output=True, text=True, timeout=seconds + 60, check=False
    )
    rate = re.search(r"Requests/sec:\s*([\d.]+)", said.stdout)
    if said.returncode != 0 or rate is None:
        raise RuntimeError(f"wrk failed: {(said.stderr or said.stdout).strip()[-200:]}")
    wrong = re.search(r"(Socket errors|Non-2xx).*", said.stdout)
    if wrong:
        raise RuntimeError(f"wrk: {wrong.group()}")
    return float(rate.group(1))
