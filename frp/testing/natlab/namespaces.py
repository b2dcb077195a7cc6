"""The laboratory with the kernel's NAT and real sockets: network namespaces, wired by veth pairs. Linux, as root."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache

__all__ = ["Namespaces", "missing"]

_TOOLS = ("ip", "nft", "unshare")

_SERVER = ("198.51.100.1", "198.51.100.2")

_CHAIN = "add table ip n; add chain ip n c { type nat hook postrouting priority 100; }"

#: Seconds that a command may take.
_PATIENCE = 30


@cache
def missing() -> str:
    """@return: why there can be no such laboratory on this machine; empty where there can."""
    absent = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if absent:
        return f"namespaces with NAT need {', '.join(absent)}"
    tried = subprocess.run(
        ["unshare", "--net", "nft", _CHAIN],
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
    )
    return f"namespaces with NAT need root: {tried.stderr.strip()}" if tried.returncode else ""


class Namespaces:
    """
    A public network, C{198.51.100.0/24}, and hosts on it or behind NATs. Nothing of it can reach the machine's own
    network, or be reached from there.

    @ivar stun: where the laboratory's STUN server is asked.
    """

    def __init__(self) -> None:
        self._prefix = f"frp{os.getpid()}"
        self._numbers = itertools.count(3)  # the first two are the server's
        self._made: list[str] = []
        self._children: list[subprocess.Popen[str]] = []
        try:
            self._public = self._namespace("public")
            self._in(self._public, "ip link add br0 type bridge", "ip link set br0 up")
            self._in(self._public, *(f"ip addr add {host}/24 dev br0" for host in _SERVER))
            server = self.start(self._public, [sys.executable, "-m", "frp.testing.natlab", *_SERVER])
            assert server.stdout is not None, "it is a pipe"
            self.stun = server.stdout.readline().strip()
        except BaseException:
            self.close()
            raise

    def host(self) -> str:
        """@return: a namespace with a public address."""
        number = next(self._numbers)
        name = self._namespace(f"host{number}")
        self._wire(self._public, name, "master br0")
        self._in(name, f"ip addr add 198.51.100.{number}/24 dev wan")
        return name

    def natted(self, masquerade: str = "masquerade") -> str:
        """
        @param masquerade: the rule of nftables. As it stands it keeps ports, as most routers at home do, and lets in
            who was spoken to; with C{random} or C{fully-random} everybody sees another port.
        @return: a namespace behind a NAT of its own.
        """
        router = self.host()
        name = self._namespace(f"{router.removeprefix(self._prefix)}in")
        self._wire(router, name)
        self._in(router, "ip addr add 192.168.7.1/24 dev lan", "sysctl -qw net.ipv4.ip_forward=1")
        chain = "type nat hook postrouting priority 100;"
        self.run(
            router, ["nft", f"add table ip n; add chain ip n c {{ {chain} }}; add rule ip n c oif wan {masquerade}"]
        )
        self._in(name, "ip addr add 192.168.7.2/24 dev wan", "ip route add default via 192.168.7.1")
        return name

    def run(self, name: str, words: Sequence[str]) -> str:
        """
        Run a command in a namespace.

        @return: what it has printed.
        @raise AssertionError: it has failed.
        """
        return _ran(self._words(name, words))

    def start(self, name: str, words: Sequence[str]) -> subprocess.Popen[str]:
        """Start a command in a namespace; it is killed at the end. Its standard output is a pipe."""
        child = subprocess.Popen(self._words(name, words), stdout=subprocess.PIPE, text=True)
        self._children.append(child)
        return child

    def close(self) -> None:
        """Leave nothing behind."""
        for child in self._children:
            child.kill()
            child.wait(_PATIENCE)
            assert child.stdout is not None, "it is a pipe"
            child.stdout.close()
        for name in self._made:
            subprocess.run(["ip", "netns", "del", name], check=False, timeout=_PATIENCE)
        self._made.clear()

    def _namespace(self, name: str) -> str:
        made = self._prefix + name
        _ran(["ip", "netns", "add", made])
        self._made.append(made)
        self._in(made, "ip link set lo up")
        return made

    def _wire(self, upper: str, lower: str, plugged: str = "") -> None:
        """One pair of interfaces: C{wan} in the lower one; in the upper one C{lan}, or what is C{plugged} in."""
        end = f"to{len(self._made)}" if plugged else "lan"
        self._in(lower, f"ip link add wan type veth peer name {end} netns {upper}", "ip link set wan up")
        self._in(upper, f"ip link set {end} {plugged} up")

    def _in(self, name: str, *commands: str) -> None:
        for command in commands:
            self.run(name, command.split())

    @staticmethod
    def _words(name: str, words: Sequence[str]) -> list[str]:
        return ["ip", "netns", "exec", name, *words]


def _ran(words: Sequence[str]) -> str:
    done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=_PATIENCE)
    if done.returncode:
        raise AssertionError(f"{' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout
