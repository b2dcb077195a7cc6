"""What a search looks through of a proxy: what stands on its page, its addresses as users have them among it."""

from __future__ import annotations

from collections.abc import Iterator

from frp.config.server import ServerConfig
from frp.interfaces import keyOf
from frp.server.statistics import ProxyRecord
from frp.wire.messages import NewProxy

__all__ = ["searched"]

#: Of each type that is found by a domain: what stands before it, the key of its port, and the port that nobody writes.
_SCHEMES = {
    "http": ("http://", "vhostHTTPPort", 80),
    "https": ("https://", "vhostHTTPSPort", 443),
    "tcpmux": ("", "tcpmuxHTTPConnectPort", 0),
}

#: Types that are found by a port of their own; what stands before it is the type.
_PORTS = ("tcp", "udp")


def searched(record: ProxyRecord, config: ServerConfig) -> Iterator[str]:
    """@return: all texts, and the names of what has one."""
    yield from (record.name, record.type, keyOf(record.user, record.clientID, ""))
    message = record.message
    if message is None:
        return
    yield f"{record.type}://{record.address}" if record.type in _PORTS else record.address
    yield from _addresses(message, config)
    for texts in (message.metas, message.annotations):
        for pair in texts.items():
            yield from pair
    yield message.group


def _addresses(message: NewProxy, config: ServerConfig) -> Iterator[str]:
    scheme, key, usual = _SCHEMES.get(message.proxy_type, ("", "", 0))
    number = getattr(config, key) if key else usual
    port = "" if number == usual else f":{number}"
    domains = list(message.custom_domains)
    if message.subdomain:
        domains.append(f"{message.subdomain}.{config.subDomainHost}")
    for domain in domains:
        yield f"{scheme}{domain}{port}"
