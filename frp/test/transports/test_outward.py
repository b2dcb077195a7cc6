"""Tests of the proxies through which requests of ours leave this machine."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from frp.errors import ConfigError
from frp.transports.outward import always, environment


class AlwaysTests(SynchronousTestCase):
    """A proxy that the configuration names."""

    def test_ports(self) -> None:
        """A URL without a port means the usual one."""
        for url, address in (
            ("http://gate", "gate:80"),
            ("HTTPS://gate", "gate:443"),
            ("socks5://gate", "gate:1080"),
            ("socks5h://u:p@[::1]:9/x", "[::1]:9"),
        ):
            found = always(url, "a.b")("https", "localhost")
            assert found is not None
            self.assertEqual(found.address, address)

    def test_credentials(self) -> None:
        """User and password may be escaped, and are not shown."""
        found = always("http://a%40b:p%3Aw@gate", "a.b")("http", "host")
        assert found is not None
        self.assertEqual(found.credentials, (b"a@b", b"p:w"))
        self.assertNotIn("p:w", repr(found))

    def test_none(self) -> None:
        """Without a URL there is none, whatever the environment says."""
        self.assertIsNone(always("", "a.b")("http", "host"))


class EnvironmentTests(SynchronousTestCase):
    """The proxies of the environment."""

    def proxy(self, url: str, **environ: str) -> str:
        """@return: the address of the proxy for this URL, or nothing."""
        scheme, _, host = url.partition("://")
        found = environment(environ)(scheme, host)
        return found.address if found else ""

    def test_schemes(self) -> None:
        """Each scheme has its variable, in small letters or capitals; a proxy without a scheme is one of http."""
        both = {"HTTP_PROXY": "one:1", "https_proxy": "https://two:2"}
        self.assertEqual(self.proxy("http://host", **both), "one:1")
        self.assertEqual(self.proxy("https://host", **both), "two:2")
        self.assertEqual(self.proxy("https://host", HTTP_PROXY="one:1"), "")
        self.assertEqual(self.proxy("https://host", https_proxy=""), "")

    def test_thisMachine(self) -> None:
        """This machine is reached directly."""
        for host in ("localhost", "LOCALHOST.", "127.0.0.1", "127.8.9.1", "::1"):
            self.assertEqual(self.proxy(f"http://{host}", http_proxy="one:1"), "")

    def test_exceptions(self) -> None:
        """Domains, hosts, addresses and networks may be excepted."""
        exceptions = "example.com, .corp ,10.0.0.0/8,192.0.2.7,fd00::/8"
        for host in ("example.com", "a.example.com", "a.b.corp", "10.1.2.3", "192.0.2.7", "fd00::1"):
            self.assertEqual(self.proxy(f"http://{host}", http_proxy="one:1", NO_PROXY=exceptions), "", host)
        for host in ("notexample.com", "corp", "11.0.0.1", "192.0.2.70", "2001:db8::1"):
            self.assertEqual(self.proxy(f"http://{host}", http_proxy="one:1", NO_PROXY=exceptions), "one:1", host)
        self.assertEqual(self.proxy("http://host", http_proxy="one:1", no_proxy="*"), "")

    def test_underCGI(self) -> None:
        """A request cannot name the proxy of a program under CGI."""
        self.assertEqual(self.proxy("http://host", HTTP_PROXY="evil:1", REQUEST_METHOD="GET"), "")

    def test_unusable(self) -> None:
        """A variable that names no proxy is an error that names the variable."""
        error = self.assertRaises(ConfigError, environment, {"HTTPS_PROXY": "ftp://u:hidden@gate"})
        self.assertIn("https_proxy", str(error))
        self.assertNotIn("hidden", str(error))
