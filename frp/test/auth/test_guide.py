"""The page about OpenID Connect."""

from __future__ import annotations

import re
from pathlib import Path
from unittest import SkipTest

import tomli

from frp.test.auth.oidc.providing import ProviderTestCase

PAGE = Path(__file__).parents[3] / "docs" / "guides" / "oidc.md"


class GuideTests(ProviderTestCase):
    """A person copies the last two configurations, and puts in the addresses of this network."""

    def test_allTogether(self) -> None:
        """They make a tunnel that lives on tokens, through changes of the provider's keys and while it is away."""
        if not PAGE.exists():
            raise SkipTest("installed without the pages")
        blocks = re.findall(r"^```toml\n# (frp[sc]).toml\n(.*?)^```", PAGE.read_text(), re.M | re.S)
        (_, server), (_, client) = blocks[-2:]
        self.assertEqual([name for name, _ in blocks[-2:]], ["frps", "frpc"])
        echo = self.network.echo()
        self.provider.clientID, self.provider.clientSecret = "office", "change me"
        client = client.replace("https://login.example.com/oauth2/token", self.provider.tokenEndpoint)
        client = client.replace("localPort = 22", f"localPort = {echo.port}")
        self.network.server(**tomli.loads(server.replace("https://login.example.com", self.provider.issuer)))
        running = self.network.client(**tomli.loads(client))
        session = running.session
        self.assertIsNotNone(session)
        self.assertEqual(self.provider.requests[-1].form["scope"], "tunnels")
        for _ in range(4):
            self.network.advance(1800)
            self.provider.rotate()
        self.network.refuse(8080)
        self.network.advance(600)
        user = self.network.user(6000)
        user.send(b"hello")
        self.network.settle()
        self.assertEqual(user.received, b"hello")
        self.assertIs(running.session, session)
