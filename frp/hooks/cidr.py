"""
Sets of networks, as lists of addresses have them: C{192.0.2.1}, C{10.0.0.0/8}, C{2001:db8::/32}.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from frp.errors import ConfigError

__all__ = ["Address", "Networks", "addressOf", "networkOf", "networksProblem", "readNetworks"]

Address = IPv4Address | IPv6Address


def addressOf(text: str) -> Address:
    """
    @param text: host and port, as hooks are told them.
    @return: the host; an IPv4 address that came over an IPv6 socket is one of IPv4.
    """
    host = text.rpartition(":")[0].strip("[]").partition("%")[0]
    address = ip_address(host)
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def networkOf(text: str) -> str:
    """@return: who is meant by an address like L{addressOf}'s: whoever has one of IPv6 has a network of 64 bits."""
    address = addressOf(text)
    return str(ip_network((address, 64), strict=False)) if isinstance(address, IPv6Address) else str(address)


class Networks:
    """A set. To look for an address takes as long as there are different lengths of prefixes, however many networks."""

    def __init__(self, texts: Iterable[str]) -> None:
        """@raise ValueError: one is no network."""
        self._found: dict[tuple[int, int], set[int]] = {}
        for text in texts:
            network = ip_network(text.strip(), strict=False)
            shift = network.max_prefixlen - network.prefixlen
            self._found.setdefault((network.version, shift), set()).add(int(network.network_address) >> shift)

    def __contains__(self, address: Address) -> bool:
        version, number = address.version, int(address)
        return any(of == version and number >> shift in found for (of, shift), found in self._found.items())

    def __bool__(self) -> bool:
        return bool(self._found)


def networksProblem(texts: list[str], _table: object) -> str:
    """The rule of a key that lists networks."""
    for text in texts:
        try:
            Networks([text])
        except ValueError as error:
            return f"{error}"
    return ""


def readNetworks(path: str) -> Networks:
    """
    Read a file with a network on each line; what follows a C{#} is a comment.

    @raise ConfigError: with the line.
    """
    found = []
    with open(path, encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            text = line.partition("#")[0].strip()
            if text:
                problem = networksProblem([text], None)
                if problem:
                    raise ConfigError(path, f"{path}, line {number}: {problem}", line=number)
                found.append(text)
    return Networks(found)
