"""What becomes of users whom another process has passed on and who cannot be served."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from frp.errors import Refused
from frp.server.cluster.receiving import Receiving
from frp.testing.pipe import End
from frp.testing.recording import Lines, Recorder
from frp.wire.nodes import encodeAsk


class ReceivingTests(SynchronousTestCase):
    """They are dropped, and the log says why: the route they came for is gone."""

    def test_dropped(self) -> None:
        lines = Lines()

        def gateway(name: str) -> object:
            if name == "none":
                raise Refused("the server has no none gateway")
            return object()

        serving = SimpleNamespace(gateways=SimpleNamespace(get=gateway), log=lines.log)
        clients: Any = SimpleNamespace(serving=serving, get={"a": SimpleNamespace(published=self)}.get)
        receiving = Receiving(lambda: clients)
        for said, reason in (
            (encodeAsk({"run": "b", "proxy": "p"}), "proxy [p] of run id [b] is not open here"),
            (encodeAsk({"run": "a", "proxy": "p"}), "proxy [p] of run id [a] is not open here"),
            (encodeAsk({"gateway": "none"}), "the server has no none gateway"),
            (encodeAsk({"gateway": "https"}), "the https gateway takes no users that have come to others"),
            (b"\0", "asks for something in a way that is none"),
            (b"\0\2no", "asks for something in a way that is none"),
        ):
            user = End()
            user.protocol = Recorder()
            receiving.came(user, said + b"rest")
            self.assertIn(reason, lines.texts[-1])
            self.assertTrue(user.aborted)

    def siteOf(self, proxy: str) -> None:
        """No proxy is open."""
