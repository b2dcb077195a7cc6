"""
A link with a bottleneck between frps and frpc: a token bucket for each direction, in front of a queue as routers have.

It is a part of the loopback of the bench's own network namespace: what goes to or comes from one port of frps is held
to the rate, all else is not.
"""

from __future__ import annotations

import itertools
import shutil
import subprocess

from benchmarks.namespace import isolated

__all__ = ["limit", "missingLink", "unlimit"]

#: Milliseconds that bytes wait in a queue that is full, by the rate in megabits a second.
_QUEUE = {20: 200, 100: 100}

#: Bytes of a packet, as on Ethernet; loopback has none so small by itself.
_MTU = 1500

_limited: set[int] = set()
_numbers = itertools.count(1)


def missingLink() -> str:
    """Why there can be no such link; empty if there can."""
    if not isolated():
        return "needs a network namespace of its own (root, --namespace always)"
    return "" if shutil.which("tc") and shutil.which("ip") else "tc and ip (iproute2) are not installed"


def limit(port: int, mbit: int) -> None:
    """
    @param port: of frps.
    @param mbit: megabits a second each way.
    @raise RuntimeError: the kernel does not do it.
    """
    if not _limited:
        _run(f"ip link set lo mtu {_MTU}")
        _run("tc qdisc add dev lo root handle 1: htb")
    _limited.add(port)
    size = mbit * 125 * _QUEUE[mbit]
    for end in ("dport", "sport"):
        number = next(_numbers)
        _run(f"tc class add dev lo parent 1: classid 1:{number} htb rate {mbit}mbit burst 32k cburst 32k")
        _run(f"tc qdisc add dev lo parent 1:{number} bfifo limit {size}")
        match = f"match ip {end} {port} 0xffff"
        _run(f"tc filter add dev lo parent 1: protocol ip prio {number} u32 {match} flowid 1:{number}")


def unlimit(port: int) -> None:
    """The same port has no limit any more; with the last one the loopback is as it was."""
    if port not in _limited:
        return
    _limited.remove(port)
    if not _limited:
        _run("tc qdisc del dev lo root")
        _run("ip link set lo mtu 65536")


def _run(command: str) -> None:
    done = subprocess.run(command.split(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stderr.strip()}")
