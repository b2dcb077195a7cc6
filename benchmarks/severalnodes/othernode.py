"""A user at another node than the client's, beside one at the client's own."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from benchmarks.bulk import Content
from benchmarks.load import connections, moving
from benchmarks.processes import cpuSeconds
from benchmarks.services import freePorts
from benchmarks.settings import BULK, Proxy
from benchmarks.severalnodes.nodes import Nodes, echoes, joined
from benchmarks.severalnodes.trial import Line, Trial, compared, inTurn
from benchmarks.table import Spread
from benchmarks.targets import connected

__all__ = ["otherNode"]

_ASKED = ">= 0.6"
_PROXIES = (*BULK, Proxy("echo", "echo"))


@dataclass(frozen=True)
class _At:
    """
    A user at one of the nodes.

    @ivar pids: of what lies between him and the service, by what it is called.
    @ivar costs: CPU nanoseconds a byte, by direction and process, of each run; and the share of all processors that
        everything together took.
    """

    host: str
    ports: Mapping[str, int]
    pids: Mapping[str, int]
    costs: dict[str, list[dict[str, float]]] = field(default_factory=dict)

    def port(self, name: str) -> int:
        return self.ports[name]

    def connect(self, name: str) -> socket.socket:
        return connected(self.ports[name], self.host)

    def cpu(self) -> float:
        return cpuSeconds(self.pids.values())

    def spent(self) -> dict[str, float]:
        """CPU seconds so far, of each; the rest of the bench is the user, the service, and what is idle."""
        spent = {name: cpuSeconds([pid]) for name, pid in self.pids.items()}
        return {**spent, "user and service": cpuSeconds([os.getpid()]) - sum(spent.values())}


def _stream(trial: Trial, at: _At, way: str, proxy: str, content: Content | None) -> float:
    """@return: megabytes a second of one stream in steady state."""
    with moving(at, [proxy], content, trial.ground.services.tally) as receiver:
        time.sleep(0.3)
        before, bytes_, clock = at.spent(), receiver.sunk, time.perf_counter()
        time.sleep(trial.seconds)
        moved, lasted, after = receiver.sunk - bytes_, time.perf_counter() - clock, at.spent()
    if not moved:
        raise RuntimeError("the bulk stream stands still")
    cost = {name: (after[name] - before[name]) / moved * 1e9 for name in after}
    busy = sum(after.values()) - sum(before.values())
    cost["share"] = busy / lasted / len(os.sched_getaffinity(0))
    at.costs.setdefault(way, []).append(cost)
    return moved / lasted / 1e6


def _measures(trial: Trial) -> dict[str, Callable[[_At], float]]:
    """What is measured, by figure with its unit."""
    up, down = "user to service", "service to user"
    random = trial.ground.services.random
    return {
        f"one stream, {up}, MB/s": lambda at: _stream(trial, at, up, "sink", random),
        f"one stream, {down}, MB/s": lambda at: _stream(trial, at, down, "random", None),
        "connections a second, one at a time": lambda at: connections(at.ports["echo"], 1, trial.seconds, at.host),
        "connections a second, 32 at a time": lambda at: connections(at.ports["echo"], 32, trial.seconds, at.host),
    }


def _started(trial: Trial, nodes: Nodes) -> tuple[_At, _At]:
    """@return: a user at the client's node, and one at the other, both of whom are served."""
    home, away = nodes.hosts
    names = [proxy.name for proxy in _PROXIES]
    ports = dict(zip(names, freePorts(len(names), home), strict=True))
    client = nodes.client(home, nodes.bindPort, _PROXIES, ports)
    for host in nodes.hosts:
        echoes(host, ports["echo"])
    pids = {"node of the client": nodes.pid(home), "other node": nodes.pid(away), "frpc": client.pid}
    return _At(home, ports, pids), _At(away, ports, pids)


def otherNode(trial: Trial) -> Iterator[Line]:
    """Rounds at one node and at the other, in turn."""
    with joined(trial, "othernode", 2) as nodes:
        home, away = _started(trial, nodes)
        taken = inTurn(trial.runs, _measures(trial), away, home)
    for figure, (there, here) in taken.items():
        yield Line(f"user at another node: {figure}", compared(there, here), _ASKED)
    for where, at in (("the client's node", home), ("another node", away)):
        for way, costs in at.costs.items():
            yield Line(f"CPU ns a byte, {way}, user at {where} (frpc of {trial.client.name})", _told(costs))


def _told(costs: list[dict[str, float]]) -> str:
    median = {name: Spread.of([cost[name] for cost in costs]).median for name in costs[0]}
    share = median.pop("share")
    parts = ", ".join(f"{name} {value:.2f}" for name, value in median.items())
    return f"{parts}; together {sum(median.values()):.2f}, which was {share:.0%} of all cores"
