"""
What the user does: round trips, connections, web requests, bulk.

Everything here runs beside the programs it measures, so it blocks where it can and works in one process where it must.
"""

from __future__ import annotations

import gc
import re
import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial

from benchmarks.bulk import Content, Tally, pumpFrom
from benchmarks.exchanges import ASK_WEB, ECHO, MOST_CONNECTIONS, exchanges
from benchmarks.processes import Worker
from benchmarks.targets import Target, connected

__all__ = [
    "BulkResult",
    "askWeb",
    "bulk",
    "connections",
    "datagramWaits",
    "datagrams",
    "firstEcho",
    "idleConnections",
    "missingWrk",
    "moving",
    "page",
    "requests",
    "roundTrips",
    "typing",
]

_PATIENCE = 60.0

# Datagrams on the way at any time: far fewer than any queue on it holds.
_DATAGRAMS = 32


def _echo(connection: socket.socket) -> None:
    """
    One round trip.

    @raise ConnectionError: the tunnel closed the connection.
    """
    connection.sendall(ECHO.ask)
    missing = len(ECHO.ask)
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
    worker = Worker(pumpFrom, [partial(target.connect, name) for name in proxies], content, mine)
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
    with connected(port) as connection:
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


def firstEcho(port: int, host: str = "127.0.0.1", patience: float = 20.0) -> float:
    """
    Seconds from connecting until 64 bytes have come back.

    @raise OSError: they have not, or nothing happened for so many seconds.
    """
    began = time.perf_counter()
    with connected(port, host, patience) as connection:
        _echo(connection)
    return time.perf_counter() - began


def typing(port: int, interval: float, until: Callable[[], bool]) -> list[float]:
    """As L{roundTrips}, of one byte each, with a pause between them as between the keys that somebody types."""
    took: list[float] = []
    with connected(port) as connection:
        while not until():
            then = time.perf_counter_ns()
            connection.sendall(b"k")
            connection.recv(1)
            took.append((time.perf_counter_ns() - then) / 1000)
            time.sleep(interval)
    return sorted(took)


def page(port: int, files: int, size: int, atOnce: int = 6) -> float:
    """
    What a browser does with a page: so many files of so many bytes, each over a new connection, so many at a time.

    @return: seconds until all are there.
    """

    def fetch(_: int) -> None:
        with connected(port) as connection:
            left = size
            while left > 0:
                left -= len(connection.recv(min(left, 65536)))

    began = time.perf_counter()
    with ThreadPoolExecutor(atOnce) as pool:
        list(pool.map(fetch, range(files)))
    return time.perf_counter() - began


def connections(port: int, atOnce: int, seconds: float, host: str = "127.0.0.1") -> float:
    """
    Connections a second, C{atOnce} of them at any time; each sends 64 bytes, waits for the echo, and closes.

    @raise RuntimeError: one of them failed.
    """
    if atOnce > 1:
        done, lasted = exchanges(port, ECHO, atOnce, seconds, host)
        return done / lasted
    try:
        return _oneByOne(port, seconds, host)
    except OSError as error:
        raise RuntimeError(f"a connection failed: {error}") from error


def _oneByOne(port: int, seconds: float, host: str) -> float:
    done = 0
    start = now = time.perf_counter()
    while now - start < seconds and done < MOST_CONNECTIONS:
        with connected(port, host) as connection:
            _echo(connection)
        done += 1
        now = time.perf_counter()
    return done / (now - start)


@contextmanager
def idleConnections(port: int, count: int, ask: Callable[[socket.socket], None] | None = None) -> Iterator[None]:
    """
    Connections that have had one answer, so that the whole way stands, and then say nothing.

    Each is asked again at the end: a connection that was given up meanwhile costs no memory.

    @param ask: asks and waits for the answer; by default for an echo.
    @raise ConnectionError: one did not stand that long.
    """
    held: list[socket.socket] = []
    ask = ask or _echo
    try:
        for _ in range(count):
            held.append(connected(port))
            ask(held[-1])
        yield
        for connection in held:
            ask(connection)
    finally:
        for connection in held:
            connection.close()


def missingWrk() -> str:
    """Why web requests cannot be measured; empty if they can."""
    return "" if shutil.which("wrk") else "wrk is not installed"


def askWeb(connection: socket.socket) -> None:
    """
    One request for the small page, on a connection that is kept.

    @raise ConnectionError: there was no such answer.
    """
    connection.sendall(ASK_WEB.ask)
    said = b""
    while not said.endswith(ASK_WEB.ends):
        data = connection.recv(4096)
        if not data or len(said) > 4096:
            raise ConnectionError(f"no answer: {said[:100]!r}")
        said += data


def datagrams(port: int, size: int, seconds: float) -> float:
    """
    UDP echoes a second, 32 on the way at any time.

    @param size: bytes of each.
    @raise RuntimeError: one was lost.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as user:
        user.connect(("127.0.0.1", port))
        payload = bytes(size)
        _firstAnswer(user, payload)
        user.settimeout(2.0)
        for _ in range(_DATAGRAMS):
            user.send(payload)
        done = 0
        start = now = time.perf_counter()
        try:
            while now - start < seconds:
                user.recv(size)
                user.send(payload)
                done += 1
                now = time.perf_counter()
            for _ in range(_DATAGRAMS):
                user.recv(size)
        except TimeoutError:
            raise RuntimeError("a datagram was lost") from None
        return done / (now - start)


def datagramWaits(port: int, seconds: float) -> tuple[list[float], float]:
    """
    One UDP echo each five milliseconds, as a game or a call would have it.

    @return: how long the answers took, in microseconds, ascending; and which share did not come within a second.
    """
    took: list[float] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as user:
        user.connect(("127.0.0.1", port))
        _firstAnswer(user, bytes(200))
        sent, due = 0, time.perf_counter()
        end = due + seconds
        while (now := time.perf_counter()) < end + 1.0:
            if due <= now < end:
                user.send(struct.pack("d192x", now))
                sent += 1
                due += 0.005
            user.settimeout(max(0.0005, (due if due < end else end + 1.0) - time.perf_counter()))
            with suppress(TimeoutError):
                (began,) = struct.unpack_from("d", user.recv(200))
                took.append((time.perf_counter() - began) * 1e6)
    return sorted(took), 1 - len(took) / sent


def _firstAnswer(user: socket.socket, payload: bytes) -> None:
    """Ask until somebody answers: the first datagrams may come before there is a way."""
    user.settimeout(0.2)
    end = time.perf_counter() + _PATIENCE
    while time.perf_counter() < end:
        user.send(payload)
        try:
            user.recv(len(payload))
            break
        except (TimeoutError, ConnectionRefusedError):
            continue
    else:
        raise RuntimeError(f"no echo for {_PATIENCE:.0f} s")
    with suppress(TimeoutError):
        while True:  # the answers to the earlier ones
            user.recv(len(payload))


def requests(port: int, seconds: float, *, close: bool, tls: bool = False) -> float:
    """
    Web requests a second, sixteen at any time.

    @param close: a new connection for each.
    @raise RuntimeError: wrk failed, or some of the answers were not right.
    """
    command = ["wrk", "-t1", "-c16", f"-d{max(1, round(seconds))}s"]
    command += ["-H", "Connection: close"] if close else []
    said = subprocess.run(
        [*command, f"{'https' if tls else 'http'}://127.0.0.1:{port}/"],
        capture_output=True,
        text=True,
        timeout=seconds + 60,
        check=False,
    )
    rate = re.search(r"Requests/sec:\s*([\d.]+)", said.stdout)
    if said.returncode != 0 or rate is None:
        raise RuntimeError(f"wrk failed: {(said.stderr or said.stdout).strip()[-200:]}")
    wrong = re.search(r"(Socket errors|Non-2xx).*", said.stdout)
    if wrong:
        raise RuntimeError(f"wrk: {wrong.group()}")
    return float(rate.group(1))
