"""The built-in hooks keep what every hook promises."""

from __future__ import annotations

from pathlib import Path

from frp.testing.cases import NetworkTestCase
from frp.testing.contracts import HookContract


class BanTests(HookContract, NetworkTestCase):
    """The hook that keeps out who is refused again and again."""

    name = "ban"
    table = {"logins": 5, "within": 60, "banSeconds": 600}


class LimitsTests(HookContract, NetworkTestCase):
    """The hook that limits connections."""

    name = "limits"
    table = {"connectionsPerAddress": 50, "ratePerProxy": 100}

    def test_settings(self) -> None:
        """Proxies that a test gives stand in place of the contract's."""
        echo = self.network.echo()
        proxies = [{"name": name, "type": "tcp", "localPort": echo.port} for name in "ab"]
        session = self.start(proxies=proxies).session
        assert session is not None
        self.assertEqual(set(session.proxies), {"a", "b"})


class NetworksTests(HookContract, NetworkTestCase):
    """The hook that looks at addresses."""

    name = "networks"
    table = {"clients": {"allow": ["127.0.0.0/8"]}, "users": {"allow": ["127.0.0.0/8"]}}


class AccessLogTests(HookContract, NetworkTestCase):
    """The hook that writes lines of JSON."""

    name = "accesslog"

    def setUp(self) -> None:
        super().setUp()
        self.table = {"path": str(Path(self.mktemp()).absolute())}
        Path(self.table["path"]).parent.mkdir(parents=True, exist_ok=True)
