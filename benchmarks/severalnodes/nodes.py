"""Nodes of one server, on loopback addresses of their own, over a Redis of their own; and clients."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.load import firstEcho
from benchmarks.peers import Implementation
from benchmarks.processes import Program
from benchmarks.services import answers, freePorts
from benchmarks.settings import Proxy
from benchmarks.severalnodes.balancer import Balancer
from benchmarks.severalnodes.trial import Trial

__all__ = ["Nodes", "echoes", "joined", "redis", "redisCommand"]

_NODE = """\
bindAddr = "{host}"
bindPort = {bindPort}
auth.token = "benchmark"
log.disablePrintColor = true

[cluster]
store = "{store}"
node = "{host}"
bindPort = {linkPort}
secret = "benchmark"
"""

_CLIENT = """\
serverAddr = "{host}"
serverPort = {port}
auth.token = "benchmark"
loginFailExit = false
log.disablePrintColor = true
"""

#: Seconds in which something has to be ready.
_PATIENCE = 60.0


def redisCommand() -> str | None:
    """@return: where the program of Redis is, if it is installed."""
    return shutil.which("redis-server")


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """
    A Redis that keeps nothing on the disk.

    @return: its URL, as of C{cluster.store}.
    @raise RuntimeError: it is not installed, or does not start.
    """
    command = redisCommand()
    if command is None:
        raise RuntimeError("redis-server is not installed")
    (port,) = freePorts(1)
    options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no", "--dir", str(folder)]
    store = Program([command, *options], folder / "redis.log")
    try:
        store.waitFor(lambda _: answers(port), "listening")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        store.stop()


class Nodes:
    """
    @ivar hosts: where they are.
    @ivar bindPort: where each takes clients.
    @ivar folder: for files of them and of their clients.
    """

    def __init__(self, trial: Trial, folder: Path, count: int, store: str) -> None:
        # Connections within this machine come from 127.0.0.1: none of them takes a port here from a node.
        self.hosts = [f"127.0.77.{number}" for number in range(1, count + 1)]
        self.folder = folder
        self.bindPort, self._linkPort = freePorts(2, self.hosts[0])
        self._trial = trial
        self._store = store
        self._nodes: dict[str, Program] = {}
        self._others: list[Program | Balancer] = []

    def start(self, host: str) -> None:
        """
        Start a node, or start it again.

        @raise RuntimeError: it does not come to take clients.
        """
        file = self.folder / f"{host}.toml"
        file.write_text(
            _NODE.format(host=host, bindPort=self.bindPort, linkPort=self._linkPort, store=self._store), "utf-8"
        )
        make = self._trial.ours
        command = [*make.commands["frps"], "-c", str(file)]
        node = self._nodes[host] = Program(command, self.folder / f"{host}.log", make.environment())
        node.waitFor(lambda _: answers(self.bindPort, host), "taking clients")

    def kill(self, host: str) -> None:
        """End a node as a power cut would."""
        self._nodes.pop(host).kill()

    def pid(self, host: str) -> int:
        return self._nodes[host].pid

    def balancer(self) -> Balancer:
        """@return: one before all nodes, for clients."""
        made = Balancer(self.folder, self.bindPort)
        self._others.append(made)
        made.lead(*self.hosts)
        return made

    def dialling(self, host: str, port: int) -> str:
        """@return: what a client is told to dial a place, the top of its file."""
        return _CLIENT.format(host=host, port=port)

    def client(self, host: str, port: int, proxies: Sequence[Proxy], ports: Mapping[str, int]) -> Program:
        """
        Start one that dials a place.

        @param ports: of the proxies, by name.
        @return: it, when its proxies are up.
        """
        services = self._trial.ground.services
        lines = [line for proxy in proxies for line in proxy.lines(services.ports, services.files, ports[proxy.name])]
        file = self.folder / "frpc.toml"
        file.write_text(self.dialling(host, port) + "\n".join(lines) + "\n", "utf-8")
        make = self._trial.client
        client = self.run("frpc", make, "-c", str(file))
        client.waitFor(lambda log: log.count(make.kind.ready) >= len(proxies), "all proxies up", _PATIENCE)
        return client

    def run(self, name: str, make: Implementation, *arguments: str) -> Program:
        """Start a frpc of some make."""
        program = Program([*make.commands["frpc"], *arguments], self.folder / f"{name}.log", make.environment())
        self._others.append(program)
        return program

    def close(self) -> None:
        """End all; the clients first."""
        while self._others:
            one = self._others.pop()
            one.close() if isinstance(one, Balancer) else one.stop()
        while self._nodes:
            self._nodes.popitem()[1].stop()


@contextmanager
def joined(trial: Trial, name: str, count: int) -> Iterator[Nodes]:
    """
    So many nodes, which take clients.

    @param name: of the folder for their files.
    """
    folder = trial.ground.folder / name
    folder.mkdir()
    with redis(folder) as store:
        nodes = Nodes(trial, folder, count, store)
        try:
            for host in nodes.hosts:
                nodes.start(host)
            yield nodes
        finally:
            nodes.close()


def echoes(host: str, port: int) -> None:
    """
    Wait until an echo comes back from a node.

    @raise RuntimeError: it does not.
    """
    end = time.perf_counter() + _PATIENCE
    while True:
        try:
            firstEcho(port, host)
            return
        except OSError as error:
            if time.perf_counter() > end:
                raise RuntimeError(f"no echo at {host} after {_PATIENCE:.0f} s: {error}") from error
            time.sleep(0.05)
