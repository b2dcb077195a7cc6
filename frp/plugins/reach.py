"""What users may reach through a plugin that dials whatever they name."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from frp.config.schema import key, table

__all__ = ["ReachConfig", "isLocal"]


@table(inline=True)
class ReachConfig:
    """What users may reach."""

    denyLocal: bool = key(
        False,
        "Refuse users who name this machine, a link-local address, or one at which clouds tell secrets to their "
        "machines. Names are looked up first.",
    )


# Where clouds answer their machines, besides the link-local 169.254.169.254: Amazon, Google, Azure, Alibaba, Oracle.
_METADATA = {
    ip_address(text) for text in ("fd00:ec2::254", "fd20:ce::254", "168.63.129.16", "100.100.100.200", "192.0.0.192")
}
_THIS_NETWORK = ip_network("0.0.0.0/8")
#: Those that end with an address of IPv4: NAT64, SIIT.
_TRANSLATED = ip_network("64:ff9b::/96"), ip_network("::ffff:0:0:0/96")


def isLocal(host: str) -> bool:
    """
    @param host: an IP address. One of IPv6 that stands for one of IPv4 counts as that.
    @return: whether it is this machine, of its link, for everybody, or a cloud's; also where it is no address at all.
    """
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return True
    if isinstance(address, IPv6Address):
        address = _inner(address)
    return (
        address.is_loopback
        or address.is_link_local
        or address.is_unspecified
        or address.is_multicast
        or address in _METADATA
        or address in _THIS_NETWORK
        or address == IPv4Address("255.255.255.255")
    )


def _inner(address: IPv6Address) -> IPv4Address | IPv6Address:
    if any(address in network for network in _TRANSLATED) or int(address) >> 32 == 0:
        # The second is what "IPv4-compatible" once meant; ::1 is not among them.
        inner = IPv4Address(int(address) & 0xFFFFFFFF)
        return address if int(inner) <= 1 else inner
    return address.ipv4_mapped or address.sixtofour or address
