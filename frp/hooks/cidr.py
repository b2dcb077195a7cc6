"""Sets of networks, as lists of addresses have them: C{192.0.2.1}, C{10.0.0.0/8}, C{2001:db8::/32}."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from frp.errors import FRPError

__all__ = ["Address", "Networks", "addressOf", "networkOf", "networksProblem", "readNetworks"]

Address = IPv4Address | IPv6Address

_HERE = IPv4Address("127.0.0.1")


def addressOf(text: str) -> Address:
    """
    @param text: host and port, as hooks are told them.
    @return: the host; an IPv4 address that came over an IPv6 socket is one of IPv4. Whoever came by a Unix socket is
        on this machine.
    """
    if text.startswith("unix:"):
        return _HERE
    return _plain(ip_address(text.rpartition(":")[0].strip("[]").partition("%")[0]))


def _plain(address: Address) -> Address:
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def networkOf(text: str) -> str:
    """@return: who is meant by an address like L{addressOf}'s: whoever has one of IPv6 has a network of 64 bits."""
    address = addressOf(text)
    return str(ip_network((address, 64), strict=False)) if isinstance(address, IPv6Address) else str(address)


def _network(text: str) -> tuple[int, int, int]:
    """
    @return: its version, how many of the last bits mean nothing, and the others. What lies within C{::ffff:0:0/96} is
        of IPv4, as addresses are.
    """
    if "/" not in text:  # much faster, and lists are long
        address = _plain(ip_address(text))
        return address.version, 0, int(address)
    network = ip_network(text, strict=False)
    first = _plain(network.network_address)
    shift = network.max_prefixlen - network.prefixlen
    if first.version != network.version and shift > first.max_prefixlen:
        first = network.network_address
    return first.version, shift, int(first) >> shift


class Networks:
    """A set. To look for an address takes as long as there are different lengths of prefixes, however many networks."""

    def __init__(self, texts: Iterable[str]) -> None:
        """@raise ValueError: one is no network."""
        self._found: dict[tuple[int, int], set[int]] = {}
        for text in texts:
            version, shift, number = _network(text.strip())
            self._found.setdefault((version, shift), set()).add(number)

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

    @raise FRPError: a line is no network; with its number.
    """
    with open(path, encoding="utf-8", errors="replace") as lines:
        found = [line.partition("#")[0].strip() for line in lines]
    try:
        return Networks(text for text in found if text)
    except ValueError:
        for number, text in enumerate(found, 1):
            problem = networksProblem([text], None) if text else ""
            if problem:
                raise FRPError(f"{path}, line {number}: {problem}") from None
        raise
