"""A node is killed, again and again, while users come to the others."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection

from benchmarks.load import firstEcho
from benchmarks.processes import Worker
from benchmarks.services import freePorts
from benchmarks.settings import Proxy
from benchmarks.severalnodes.balancer import Balancer
from benchmarks.severalnodes.nodes import Nodes, echoes, joined
from benchmarks.severalnodes.trial import Line, Trial
from benchmarks.table import percentile

__all__ = ["Visit", "failedBeside", "killed", "untilServed"]

_NODES = 3
_EACH = 0.02

#: Seconds in which users may go without after a kill.
WINDOW = 5.0

#: Seconds after which a user is not served, and those after which he has waited for it.
_PATIENCE = 5.0
_WAITED = 1.0

#: Seconds for which it is looked whether users are served, and those between one kill and what comes before and after.
_LOOK = 7.0
_PAUSE = 3.0


@dataclass(frozen=True)
class Visit:
    """
    A user who wants an echo.

    @ivar began: when he came; C{ended} when he had it, or had not.
    """

    began: float
    ended: float
    served: bool


def untilServed(visits: Sequence[Visit], at: float) -> float:
    """
    Seconds from a kill until all users are served at once: until the last who was not had come to nothing, and the
    last who had to wait had what he wanted.
    """
    late = [visit for visit in visits if at <= visit.ended and visit.began < at + _LOOK and not _well(visit)]
    return max((visit.ended - at for visit in late), default=0.0)


def _well(visit: Visit) -> bool:
    return visit.served and visit.ended - visit.began < _WAITED


def failedBeside(visits: Sequence[Visit], kills: Sequence[float]) -> tuple[int, int]:
    """@return: how many users were not served who came at other times than soon after a kill; and of how many."""
    beside = [visit for visit in visits if not any(visit.ended >= at and visit.began < at + WINDOW for at in kills)]
    return sum(not visit.served for visit in beside), len(beside)


class _Users:
    """
    Fifty a second, each at one of the nodes that are named. They come from a fork: where there are threads none of our
    programs is started.

    @ivar port: of the proxy.
    """

    def __init__(self, port: int, hosts: Sequence[str]) -> None:
        self.port = port
        self._line, beyond = Pipe()
        self._fork = Worker(_come, port, list(hosts), beyond)
        beyond.close()

    def lead(self, hosts: Sequence[str]) -> None:
        """From now on they come to these."""
        self._line.send(list(hosts))

    def visits(self) -> list[Visit]:
        """@return: what became of all of them; no more come."""
        self._line.send([])
        found: list[Visit] = self._line.recv()
        return found

    def close(self) -> None:
        self._fork.stop()
        self._line.close()


def _come(port: int, hosts: list[str], line: Connection) -> None:
    """What the fork does until it is sent no node, and then sends the visits."""
    visits: list[Visit] = []

    def visit(host: str) -> None:
        began, served = time.perf_counter(), True
        try:
            firstEcho(port, host, _PATIENCE)
        except OSError:
            served = False
        visits.append(Visit(began, time.perf_counter(), served))

    due = time.perf_counter()
    # As many as are there at once if none of them is served.
    with ThreadPoolExecutor(round(2 * _PATIENCE / _EACH)) as pool:
        while hosts:
            if line.poll(max(0.0, due - time.perf_counter())):
                hosts = line.recv()
                continue
            due += _EACH
            pool.submit(visit, random.choice(hosts))
    line.send(visits)


def _kill(nodes: Nodes, users: _Users, host: str) -> float:
    """
    Kill a node, look for a while, start it again, and let users come to it.

    @return: when that was.
    """
    users.lead([other for other in nodes.hosts if other != host])
    time.sleep(_PAUSE)
    at = time.perf_counter()
    nodes.kill(host)
    time.sleep(_LOOK)
    nodes.start(host)
    for each in nodes.hosts:
        echoes(each, users.port)
    users.lead(nodes.hosts)
    time.sleep(_PAUSE)
    return at


def _home(balancer: Balancer) -> str:
    """@return: the node of the client, when it has one."""
    end = time.perf_counter() + _LOOK
    while len(homes := balancer.homes()) != 1:
        if time.perf_counter() > end:
            raise RuntimeError(f"the client should be at one node, not at {len(homes)}")
        time.sleep(0.05)
    return homes[0]


def _next(nodes: Nodes, balancer: Balancer, number: int) -> str:
    """@return: which node is killed: every other time that of the client."""
    home = _home(balancer)
    return home if number % 2 == 0 else random.choice([host for host in nodes.hosts if host != home])


def killed(trial: Trial) -> Iterator[Line]:
    """Each time some ten seconds."""
    kills = []
    with joined(trial, "killed", _NODES) as nodes:
        (port,) = freePorts(1, nodes.hosts[0])
        balancer = nodes.balancer()
        nodes.client("127.0.0.1", balancer.port, [Proxy("echo", "echo")], {"echo": port})
        for host in nodes.hosts:
            echoes(host, port)
        with closing(_Users(port, nodes.hosts)) as users:
            for number in range(trial.kills):
                kills.append(_kill(nodes, users, _next(nodes, balancer, number)))
            visits = users.visits()
    yield from _told(trial, visits, kills)


def _told(trial: Trial, visits: Sequence[Visit], kills: Sequence[float]) -> Iterator[Line]:
    took = sorted(untilServed(visits, at) for at in kills)
    what = f"{_NODES} nodes, one killed {len(kills)} times (frpc of {trial.client.name})"
    yield Line(
        f"{what}: seconds until users of the others are served",
        f"p99 {percentile(took, 0.99):.2f}, longest {took[-1]:.2f} (median {percentile(took, 0.5):.2f})",
        f"<= {WINDOW:g}",
    )
    failed, of = failedBeside(visits, kills)
    yield Line(
        f"users not served at other times than {WINDOW:g} s after a kill",
        f"{failed / max(1, of):.2%} ({failed} of {of:,})",
        "<= 0.1 %",
    )
