"""Addresses in the tables of plugins."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from frp.errors import ConfigError
from frp.plugins.tables import hostPort


class HostPortTests(SynchronousTestCase):
    """What C{localAddr} may be."""

    def test_forms(self) -> None:
        """A host and a port, however IPv6 is written; a port that the plugin knows need not be there."""
        for address, expected in {
            "127.0.0.1:8080": ("127.0.0.1", 8080),
            ":8080": ("127.0.0.1", 8080),
            "[::1]:8080": ("::1", 8080),
            "::1:8080": ("::1", 8080),
            "[::1]": ("::1", 80),
            "::1": ("::1", 80),
            "fe80::1%eth0": ("fe80::1%eth0", 80),
            "service.local": ("service.local", 80),
        }.items():
            self.assertEqual(hostPort(address, 80), expected)

    def test_number(self) -> None:
        """A number is no host: whoever wrote a port alone is told how it is written."""
        for address in ("24805", "24805:80", "127.1:80", "0x7f000001:80"):
            for port in (80, None):
                error = self.assertRaises(ConfigError, hostPort, address, port)
                self.assertIn("write 127.0.0.1:", error.detail)

    def test_wrong(self) -> None:
        """What is no address says so."""
        for address, problem in {
            "a:b:c": "too many colons",
            "host:http": "invalid port",
            "host": "missing port",
        }.items():
            self.assertIn(problem, self.assertRaises(ConfigError, hostPort, address, None).detail)
