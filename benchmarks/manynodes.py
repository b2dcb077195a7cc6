"""
C{python -m benchmarks.manynodes}: what a cluster would do that no machine here can run, in virtual time.

What a change costs a node is measured first, with the code of a node: a proxy of another node that is opened, and what
stays in memory of it. Then nodes, clients and proxies come, a node dies, and the store comes back empty. Each node, and
the store, does one thing after the other, and what it has to do waits in line.
"""

from __future__ import annotations

import argparse
import gc
import time
import tracemalloc
from collections.abc import Callable, Sequence

import attrs
from twisted.internet.defer import Deferred

from frp.directories.memory import Memory, Shelf
from frp.interfaces import Entry, IStream
from frp.interfaces.operations import Caller
from frp.server.cluster.announced import Announced
from frp.server.cluster.mirrors import Mirrors
from frp.server.cluster.sealing import Sealing
from frp.testing.network import Network
from frp.wire.messages import Login, NewProxy

__all__ = ["Cluster", "Costs", "main"]

#: Of a proxy: its name and its route are claimed, and then it is announced.
MESSAGES_OF_PROXY = 3

#: Of a client: an epoch, and its run.
MESSAGES_OF_CLIENT = 2


@attrs.frozen
class Costs:
    """
    Seconds of one processor, and bytes.

    @ivar login: of a client at its node, TLS and all.
    @ivar home: of a proxy at the node of its client.
    @ivar mirror: of a proxy at another node.
    @ivar change: of any other change that a node is told of.
    @ivar store: of a message to the store.
    @ivar told: of a change that the store tells one node.
    @ivar memory: bytes of a proxy of another node.
    """

    login: float
    home: float
    mirror: float
    change: float
    store: float
    told: float
    memory: float


def _entries(count: int, sealing: Sealing) -> list[Entry]:
    found = []
    for number in range(count):
        message = NewProxy(proxy_name=f"p{number}", proxy_type="http", custom_domains=[f"p{number}.example"])
        caller = Caller("ann", {}, f"run{number // 5}", "192.0.2.1:40000")
        told = Announced("a", message, Login(user="ann", half_close=True), caller, "v1", 0).told(sealing)
        found.append(Entry(("proxy", message.proxy_name), str(number), told, node="another"))
    return found


def _noStream(node: str, ask: object) -> Deferred[IStream]:
    return Deferred()


def measured(count: int) -> tuple[float, float, float]:
    """
    @param count: of how many proxies.
    @return: seconds for a proxy of another node that is opened, and for one that is closed; and its bytes.
    """
    network, sealing = Network(), Sealing("secret")
    server = network.server(vhostHTTPPort=80, log={"level": "error"})
    mirrors = Mirrors(
        server.clients.serving, _noStream, Memory(Shelf(network.reactor)), sealing, lambda announced: True, str
    )
    entries = _entries(count, sealing)
    gc.collect()
    began = time.process_time()
    for entry in entries:
        mirrors.held(entry)
    opened = (time.process_time() - began) / count
    began = time.process_time()
    for entry in entries:
        mirrors.gone(entry)
    closed = (time.process_time() - began) / count
    gc.collect()
    tracemalloc.start()
    for entry in _entries(count, sealing):
        mirrors.held(entry)
    gc.collect()
    size = tracemalloc.get_traced_memory()[0] / count
    tracemalloc.stop()
    return opened, closed, size


class _Line:
    """Does one thing after the other."""

    def __init__(self) -> None:
        self.free = 0.0
        self.busy = 0.0

    def take(self, at: float, seconds: float) -> float:
        """@return: when it is done that has come at a moment and takes so long."""
        self.free = max(self.free, at) + seconds
        self.busy += seconds
        return self.free


class Cluster:
    """
    Nodes with clients that have proxies each.

    @ivar messages: to the store, so far; @ivar told: changes that it has told nodes.
    """

    def __init__(self, nodes: int, clients: int, proxies: int, costs: Costs) -> None:
        """@param proxies: of each client."""
        self.messages = self.told = 0
        self._costs = costs
        self._proxies = proxies
        self._clients = clients
        self._nodes = [_Line() for _ in range(nodes)]
        self._store = _Line()

    def _ask(self, at: float, messages: int, changes: int) -> float:
        """@return: when the store has answered, and told all nodes of the changes."""
        self.messages += messages
        self.told += changes * len(self._nodes)
        costs = self._costs
        return self._store.take(at, messages * costs.store + changes * len(self._nodes) * costs.told)

    def _come(self, homes: Sequence[_Line], clients: int, at: float, *, login: bool) -> float:
        """@return: when so many clients, and their proxies, are known everywhere."""
        costs, hearing = self._costs, _Line()
        for number in range(clients):
            home = homes[number % len(homes)]
            done = home.take(at, costs.login + self._proxies * costs.home if login else 0.0)
            done = self._ask(done, MESSAGES_OF_CLIENT + self._proxies * MESSAGES_OF_PROXY, 1 + 2 * self._proxies)
            # All others hear of it at about the same time: one stands for them.
            hearing.take(done, self._hearing())
        # That one has clients of its own besides.
        return hearing.free + homes[0].busy

    def _hearing(self) -> float:
        """What a node does when it hears of one client and its proxies."""
        return self._costs.change * (1 + self._proxies) + self._costs.mirror * self._proxies

    def start(self) -> float:
        """@return: seconds until all are there that log in at once."""
        return self._come(self._nodes, self._clients, 0.0, login=True)

    def death(self, lease: float) -> float:
        """@return: seconds from the death of a node until its clients are known everywhere again."""
        self._reset()
        gone, left = self._clients // len(self._nodes), self._nodes[1:]
        noticed = self._ask(lease, 1, gone * (1 + 3 * self._proxies))
        for node in left:
            node.take(noticed, gone * (1 + 3 * self._proxies) * self._costs.change)
        # They have lost their connections at once, and log in while the lease runs: their runs succeed the old ones.
        return max(noticed, self._come(left, gone, 0.0, login=True))

    def emptied(self) -> float:
        """@return: seconds from the return of an empty store until all nodes have written what they hold."""
        self._reset()
        return self._come(self._nodes, self._clients, 0.0, login=False)

    def _reset(self) -> None:
        self.messages = self.told = 0
        for line in (*self._nodes, self._store):
            line.free = line.busy = 0.0


def _rows(cluster: Cluster, acts: Sequence[tuple[str, Callable[[], float]]], nodes: int, renewed: float) -> list[str]:
    rows = [f"| at rest | {nodes / renewed:,.0f} a second | 0 | |"]
    for what, act in acts:
        seconds = act()
        rows.append(f"| {what} | {cluster.messages:,} | {cluster.told:,} | {seconds:.1f} |")
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.manynodes", description="A cluster in virtual time.")
    parser.add_argument("--nodes", type=int, default=50)
    parser.add_argument("--clients", type=int, default=100_000)
    parser.add_argument("--proxies", type=int, default=5, help="of each client")
    parser.add_argument("--login", type=float, default=2.5, help="ms of a node for the login of a client, TLS and all")
    parser.add_argument("--home", type=float, default=0.5, help="ms of a node for a proxy of a client of its own")
    parser.add_argument("--store", type=float, default=30.0, help="us of the store for a message")
    parser.add_argument("--told", type=float, default=2.0, help="us of the store for a change that it tells one node")
    parser.add_argument("--lease", type=float, default=4.0, help="seconds after which a node counts as dead")
    parser.add_argument("--renewed", type=float, default=1.0, help="seconds between two messages of a node at rest")
    options = parser.parse_args(arguments)
    opened, closed, memory = measured(2000)
    costs = Costs(
        options.login / 1e3, options.home / 1e3, opened, closed / 3, options.store / 1e6, options.told / 1e6, memory
    )
    cluster = Cluster(options.nodes, options.clients, options.proxies, costs)
    proxies = options.clients * options.proxies
    print(
        f"{options.nodes} nodes, {options.clients:,} clients, {proxies:,} proxies. Measured here: a proxy of another"
        f" node costs {opened * 1e6:.0f} us and {memory / 1024:.1f} KiB, {memory * proxies / 1e9:.1f} GB for all;"
        f" {closed * 1e6:.0f} us when it goes.\n"
    )
    print("| | messages to the store | changes told | seconds until all nodes know |\n| --- | ---: | ---: | ---: |")
    acts = (
        ("all clients log in at once", cluster.start),
        ("a node dies", lambda: cluster.death(options.lease)),
        ("the store is back, and empty", cluster.emptied),
    )
    print("\n".join(_rows(cluster, acts, options.nodes, options.renewed)))


if __name__ == "__main__":
    main()
