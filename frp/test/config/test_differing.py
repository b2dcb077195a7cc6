"""Which keys differ between two configurations."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from frp.config.clientfile import clientFromValues
from frp.config.differing import differing
from frp.config.serverfile import serverFromValues
from frp.kinds import Registry

REGISTRY = Registry()


class DifferingTests(SynchronousTestCase):
    """Keys are called as a user would write them."""

    def server(self, **values: Any) -> Any:
        """A configuration of frps."""
        return serverFromValues(values, registry=REGISTRY).config

    def between(self, before: dict[str, Any], after: dict[str, Any]) -> list[str]:
        """The keys."""
        return list(differing(self.server(**before), self.server(**after)))

    def test_same(self) -> None:
        """What is written otherwise and means the same does not differ."""
        self.assertEqual(self.between({}, {"bindPort": 7000, "auth": {"method": "token"}}), [])

    def test_keys(self) -> None:
        """At any depth, in the order of their declaration."""
        after = {"bindPort": 7001, "transport": {"tls": {"certFile": "a", "keyFile": "b"}}}
        self.assertEqual(self.between({}, after), ["bindPort", "transport.tls.certFile", "transport.tls.keyFile"])

    def test_lists(self) -> None:
        """A list is one key."""
        self.assertEqual(self.between({}, {"allowPorts": [{"single": 80}]}), ["allowPorts"])

    def test_onlyInOne(self) -> None:
        """So is a table that was not there."""
        tls = {"webServer": {"tls": {"certFile": "a", "keyFile": "b"}}}
        self.assertEqual(self.between({}, tls), ["webServer.tls"])

    def test_client(self) -> None:
        """It is the same for frpc."""
        before, after = (
            clientFromValues({"transport": {"protocol": name}}, registry=REGISTRY).config for name in ("tcp", "kcp")
        )
        self.assertEqual(list(differing(before, after)), ["transport.protocol"])
