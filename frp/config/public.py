"""How users call a server, which does not know that by itself."""

from __future__ import annotations

from frp.config.declare import key, table
from frp.wire.address import authority, bare

__all__ = ["PublicConfig"]

_DOMAIN = "{domain}"


def _patternProblem(pattern: str, _table: object) -> str:
    usable = not pattern or ("://" in pattern and _DOMAIN in pattern)
    return "" if usable else f"invalid address, it is like https://{_DOMAIN}"


@table
class PublicConfig:
    """
    Where users reach the server, for the addresses that clients are told and show. Nothing else depends on it. The
    reference has no such keys.
    """

    host: str = key("", "The host of the ports of proxies.", shown="what a client dials", converter=bare)
    http: str = key(
        "",
        "The address of a domain of http proxies, where a web server stands before vhostHTTPPort: https://{domain}.",
        check=_patternProblem,
    )
    https: str = key("", "The same for https proxies and vhostHTTPSPort.", check=_patternProblem)

    @property
    def told(self) -> dict[str, str]:
        """What is said, as a client is told."""
        said = {"host": self.host, "http": self.http, "https": self.https}
        return {name: value for name, value in said.items() if value}

    def port(self, scheme: str, address: str) -> str:
        """
        @param address: where the server says a proxy is: with a port alone, where that is one of the server's.
        @return: it as a URL.
        """
        return f"{scheme}://{authority(self.host, address[1:]) if address.startswith(':') else address}"

    def domain(self, scheme: str, address: str) -> str:
        """
        @param address: a domain, and the port where a browser does not know it.
        @return: it as a URL.
        """
        pattern = {"http": self.http, "https": self.https}.get(scheme, "")
        return pattern.replace(_DOMAIN, address.partition(":")[0]) if pattern else f"{scheme}://{address}"
