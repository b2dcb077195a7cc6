"""What the tables of several plugins have in common."""

from __future__ import annotations

from twisted.internet.abstract import isIPv6Address

from frp.config.schema import key
from frp.errors import ConfigError
from frp.sockets.addresses import isNumber

__all__ = ["hostPort", "localAddrKey"]


def localAddrKey() -> str:
    """The C{localAddr} of a plugin that leads to one local service."""
    declared: str = key("", "The local service, HOST:PORT.", required=True)
    return declared


def hostPort(address: str, port: int | None = None) -> tuple[str, int]:
    """
    @param address: C{"127.0.0.1:80"}, C{"[::1]:80"}, C{":80"} for this machine. Without brackets, too, where what
        stands before the last colon is an address of IPv6: the reference's HTTP takes it so.
    @param port: where the address has none.
    @raise ConfigError: it is no such address, or has no port.
    """
    if not address:
        raise ConfigError("plugin.localAddr", "localAddr is required")
    host, colon, number = address.rpartition(":")
    bare = ":" in host and not host.startswith("[")
    if not colon or number.endswith("]") or (bare and not isIPv6Address(host)):
        host, number = address, ""
        if bare and not isIPv6Address(address):
            raise ConfigError("plugin.localAddr", f"address {address}: too many colons in address")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    if isNumber(host):
        problem = f"address {address}: {host} is no host"
        raise ConfigError("plugin.localAddr", problem, hint=f"for a port of this machine, write 127.0.0.1:{host}")
    if not number and port is not None:
        return host or "127.0.0.1", port
    if not number:
        raise ConfigError("plugin.localAddr", f"address {address}: missing port in address")
    if not number.isascii() or not number.isdigit() or int(number) > 65535:
        raise ConfigError("plugin.localAddr", f"address {address}: invalid port")
    return host or "127.0.0.1", int(number)
