"""The domains of proxies: what a client may ask for, and what it is told."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from frp.config.server import ServerConfig
from frp.errors import Refused
from frp.proxies.domains import DomainConfig, addressOf, announceDomains, checkDomains, domainsOf
from frp.wire.messages import NewProxy


class DomainTests(SynchronousTestCase):
    """The rules of the server."""

    server = ServerConfig(subDomainHost="example.com")

    def refusal(self, server: ServerConfig, **fields: Any) -> str:
        """Why a proxy is refused."""
        error: Refused = self.assertRaises(Refused, checkDomains, NewProxy(**fields), server)
        return error.brief

    def test_below(self) -> None:
        """A custom domain below subDomainHost would take somebody's subdomain, however it is written."""
        for domain in ("a.example.com", "b.a.example.com", "*.example.com", "A.Example.COM"):
            self.assertEqual(
                self.refusal(self.server, custom_domains=[domain]),
                f"custom domain [{domain}] should not belong to subdomain host [example.com]",
            )
        for domain in ("example.com", "anexample.com", "example.com.org", "*", ""):
            checkDomains(NewProxy(custom_domains=[domain]), self.server)

    def test_noSubdomainHost(self) -> None:
        """A server without subDomainHost has no subdomains."""
        self.assertEqual(
            self.refusal(ServerConfig(), subdomain="a"),
            "subdomain is not supported because this feature is not enabled in server",
        )
        checkDomains(NewProxy(custom_domains=["a.example.com"]), ServerConfig())

    def test_oneLabel(self) -> None:
        """A subdomain is one label."""
        for subdomain in ("a.b", "*"):
            self.assertEqual(
                self.refusal(self.server, subdomain=subdomain), "'.' and '*' are not supported in subdomain"
            )

    def test_domains(self) -> None:
        """The custom domains that are not empty, then the subdomain."""
        message = NewProxy()
        announceDomains(message, DomainConfig(customDomains=["a.org", "", "b.org"], subdomain="c"))
        checkDomains(message, self.server)
        self.assertEqual(domainsOf(message, "example.com"), ["a.org", "b.org", "c.example.com"])
        self.assertEqual(domainsOf(NewProxy(), "example.com"), [])

    def test_address(self) -> None:
        """The port is left out where a browser knows it."""
        self.assertEqual(addressOf("a.org", 80), "a.org")
        self.assertEqual(addressOf("a.org", 443), "a.org")
        self.assertEqual(addressOf("a.org", 8080), "a.org:8080")
        self.assertEqual(addressOf("::1", 8080), "[::1]:8080")

    def test_nothing(self) -> None:
        """A proxy that nobody can find is a mistake in the configuration."""
        (problem,) = DomainConfig().problems("proxies[0]", ())
        self.assertEqual(problem.text, "subdomain and custom domains should not be both empty")
        for config in (DomainConfig(customDomains=["a.org"]), DomainConfig(subdomain="a")):
            self.assertEqual(list(config.problems("proxies[0]", ())), [])
