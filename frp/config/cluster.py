"""Several frps that serve one set of tunnels."""

from __future__ import annotations

import socket
from collections.abc import Collection, Iterator

from frp.config.common import TLSFiles, hostKey, portKey
from frp.config.declare import Check, Problem, key, table
from frp.wire.address import parted

__all__ = ["ANY", "ClusterConfig"]

#: What a listener calls all addresses of a machine; other machines cannot dial them.
ANY = ("", "0.0.0.0", "::")

#: Characters of a secret of which nothing is said.
LONG = 16


def _advertiseProblem(address: str, _table: object) -> str:
    try:
        host, port = parted(address) if address else ("x", 1)
    except ValueError as error:
        return f"invalid cluster.advertise, {error}"
    return "" if host not in ANY and port else "invalid cluster.advertise, other nodes cannot dial that"


def _secretDoubt(secret: str, _table: object) -> str:
    """Whoever reaches the port for nodes, or the store, may try out what it is."""
    if not 0 < len(secret) < LONG:
        return ""
    return f"a secret of {len(secret)} characters can be guessed; give all nodes one of {LONG} or more"


def _percentProblem(label: str, most: int) -> Check:
    return lambda percent, _table: "" if 0 <= percent <= most else f"invalid {label}, it is from 0 to {most}"


@table
class ClusterConfig:
    """
    Other frps beside which this one is a node of one server: a user may come to any of them. The reference has no such
    keys.
    """

    store: str = key(
        "",
        "Where the nodes agree on who has what, such as redis://host:6379/0; empty is a frps that runs alone.",
        secret=True,
    )
    node: str = key("", "What this node is called, for people.", shown="the name of the machine")
    labels: list[str] = key(
        list, "What else this node is called by proxies that are only to be open at some nodes (annotation frp.nodes)."
    )
    bindAddr: str = hostKey("", "The address on which other nodes are awaited.", "bindAddr")
    bindPort: int = portKey("cluster.bindPort", "The port on which other nodes are awaited.", 7100)
    advertise: str = key(
        "",
        "Where other nodes reach this one, as host:port.",
        shown="cluster.bindAddr and its port; required where that is all addresses",
        check=_advertiseProblem,
    )
    rebalance: int = key(
        0,
        "By how much this node, or a worker, may have more clients than the mean before some that have no user are sent"
        " elsewhere; 0 sends none. For workers, and for nodes behind a load balancer.",
        unit="percent",
        check=_percentProblem("cluster.rebalance", 10_000),
    )
    rebalanceShare: int = key(
        1,
        "How much of its clients goes in a second at most; one always may.",
        unit="percent",
        check=_percentProblem("cluster.rebalanceShare", 100),
    )
    secret: str = key("", "What all nodes know, and nobody else.", secret=True, doubt=_secretDoubt)
    tls: TLSFiles = key(
        TLSFiles,
        "The certificate that this node shows to others, and the CA by which it knows them; it may do without.",
    )

    @property
    def name(self) -> str:
        """What this node is called."""
        return self.node or socket.gethostname()

    def problems(self, at: str, allowed: Collection[str]) -> Iterator[Problem]:
        """A node without a secret would take anybody for another one."""
        if self.store and not self.secret:
            yield Problem("secret", "cluster.secret is required", "give all nodes the same long word")
        if self.store and "://" not in self.store:
            yield Problem("store", "invalid cluster.store, it is a URL", "such as redis://host:6379/0")
