"""
What the proxy types have in common whose users come to a port of frps that they share, and say a domain.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from frp.config.schema import Problem, key, table
from frp.config.server import ServerConfig
from frp.errors import Refused
from frp.wire.messages import NewProxy

__all__ = ["DomainConfig", "addressOf", "announceDomains", "checkDomains", "domainsOf"]


@table
class DomainConfig:
    """The domains by which users find a proxy: a table to mix with that of every proxy, and to name before it."""

    customDomains: list[str] = key(
        list, "Domains, which must lead to frps; *.example.com takes all below example.com, * takes the rest."
    )
    subdomain: str = key("", "A label below the subDomainHost of frps.")

    def problems(self, at: str, allowed: Collection[str]) -> Iterator[Problem]:
        """Nobody would find it."""
        if not self.subdomain and not self.customDomains:
            yield Problem(
                "",
                "subdomain and custom domains should not be both empty",
                'set customDomains = ["www.example.com"], or subdomain where frps has a subDomainHost',
            )


def announceDomains(message: NewProxy, config: DomainConfig) -> None:
    """Say in the message by which domains the proxy is found."""
    message.custom_domains = list(config.customDomains)
    message.subdomain = config.subdomain


def checkDomains(message: NewProxy, server: ServerConfig) -> None:
    """
    Hold the domains of an untrusted client to the rules of the server. Case does not count, for it does not count in
    the routes; the reference lets C{a.Example.com} pass where C{example.com} is the server's.

    @raise Refused: with the reference's texts.
    """
    host = server.subDomainHost
    for domain in message.custom_domains:
        if host and domain.lower().endswith(f".{host.lower()}"):
            raise Refused(f"custom domain [{domain}] should not belong to subdomain host [{host}]")
    if message.subdomain:
        if not host:
            raise Refused(
                "subdomain is not supported because this feature is not enabled in server",
                "subdomain is not supported because this feature is not enabled in server: set subDomainHost in frps",
            )
        if "." in message.subdomain or "*" in message.subdomain:
            raise Refused("'.' and '*' are not supported in subdomain")


def domainsOf(message: NewProxy, server: ServerConfig) -> list[str]:
    """@return: the domains of a proxy, in the order in which the client is told of them; it may have none."""
    domains = [domain for domain in message.custom_domains if domain]
    return [*domains, f"{message.subdomain}.{server.subDomainHost}"] if message.subdomain else domains


def addressOf(domain: str, port: int) -> str:
    """@return: where users find a domain: the port is left out where a browser knows it."""
    if port in (80, 443):
        return domain
    return f"[{domain}]:{port}" if ":" in domain else f"{domain}:{port}"
