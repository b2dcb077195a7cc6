"""
The header of the PROXY protocol, versions 1 and 2: tells a local service who the user is. Only written, never read.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from struct import pack

from frp.errors import LocalWireError

__all__ = ["encode"]

_SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
_PROXY = 0x21  # version 2, and what follows is about a connection of somebody else
_IPV4 = 0x10
_IPV6 = 0x20
_STREAM = 0x01
_DATAGRAM = 0x02


def encode(version: str, source: tuple[str, int], destination: tuple[str, int], datagram: bool = False) -> bytes:
    """
    The source decides the family. An IPv4 destination can be said in IPv6 (mapped in version 2, dotted in version 1, as
    the reference writes it); an IPv6 destination of an IPv4 source cannot be said.

    @param version: C{v1} or C{v2}.
    @param source: IP address and port of the user; an IPv6 zone is left out.
    @param destination: what the user reached.
    @param datagram: it is about UDP, for which version 1 has no word but C{UNKNOWN}.
    @raise LocalWireError: the two cannot be expressed.
    """
    if version not in ("v1", "v2"):
        raise LocalWireError(f"there is no version {version!r} of the PROXY protocol")
    sender, receiver = _address(source), _address(destination)
    small = sender.version == 4
    if small and receiver.version == 6 and not (version == "v1" and datagram):
        raise LocalWireError(
            "the PROXY header cannot be written",
            f"the PROXY header cannot say that {sender} (IPv4) reached {receiver} (IPv6)",
        )
    ports = source[1], destination[1]
    if version == "v1":
        return _text("UNKNOWN" if datagram else f"TCP{sender.version} {sender} {receiver} {ports[0]} {ports[1]}")
    family = (_IPV4 if small else _IPV6) | (_DATAGRAM if datagram else _STREAM)
    addresses = sender.packed + receiver.packed if small else _wide(sender) + _wide(receiver)
    return _SIGNATURE + pack("!BBH", _PROXY, family, len(addresses) + 4) + addresses + pack("!HH", *ports)


def _text(words: str) -> bytes:
    return b"PROXY " + words.encode("ascii") + b"\r\n"


def _address(end: tuple[str, int]) -> IPv4Address | IPv6Address:
    host, port = end
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        raise LocalWireError(
            "the PROXY header cannot be written", f"the PROXY header takes IP addresses, not {host!r}"
        ) from None
    if not 0 <= port <= 65535:
        raise LocalWireError("the PROXY header cannot be written", f"the PROXY header takes ports, not {port}")
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _wide(address: IPv4Address | IPv6Address) -> bytes:
    return address.packed if address.version == 6 else bytes(10) + b"\xff\xff" + address.packed
