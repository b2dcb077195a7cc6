"""
One worker of a frps that is several processes on one machine: a node whose others are beside it, and which all have the
same ports.
"""

from __future__ import annotations

import os
from copy import copy

from frp.config.cluster import ClusterConfig
from frp.config.server import ServerConfig
from frp.server.cluster.announced import Announced

__all__ = ["countOf", "mirrored", "nameOf", "partOf"]


def countOf(config: ServerConfig) -> int:
    """@return: how many workers a configuration asks for."""
    return config.workers or len(os.sched_getaffinity(0))


def nameOf(number: int) -> str:
    """@return: what a worker is called, for people."""
    return f"worker {number}"


def partOf(config: ServerConfig, number: int, secret: str) -> ServerConfig:
    """
    @param number: which worker it is, from 1.
    @param secret: what all workers know.
    @return: what one worker serves of a configuration. What there can be only once is the first one's: C{statsFile},
        and ports for datagrams, for the system would give those of one client to several when their
        number changes; so are the places of doors of plugins, of which nobody knows whether several can have them.
    """
    part = copy(config)
    part.workers = countOf(config)
    part.cluster = ClusterConfig(
        store="parent:",
        node=nameOf(number),
        secret=secret,
        rebalance=config.cluster.rebalance,
        rebalanceShare=config.cluster.rebalanceShare,
    )
    if number > 1:
        part.kcpBindPort = part.quicBindPort = 0
        part.statsFile = ""
        part.transport = copy(config.transport)
        part.transport.tables = {}
    return part


def mirrored(announced: Announced) -> bool:
    """
    @return: whether a proxy of another worker is to be open at this one, too: what shares a port with others is, or has
        none. A port of its own is open where its client is, and nowhere else: all of its users come there.
    """
    return not announced.port or bool(announced.message.group)
