"""Tests of what is kept for a client, without one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from twisted.internet import reactor as installed
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from frp.http.exchange import IExchange
from frp.http.inspecting.part import EPOCH, Inspector
from frp.http.inspecting.replaying import Replayed
from frp.http.inspecting.tables import InspectConfig
from frp.interfaces import IClientPartSite
from frp.logs import Log
from frp.wire.http.fields import Fields
from frp.wire.http.head import RequestHead

reactor: Any = installed


def answer(exchange: IExchange) -> None:
    """A service that is fast."""
    exchange.reply(200)


def ask(handle: Any, *users: bytes) -> None:
    """Somebody asks, through frps."""
    fields = Fields([(b"Host", b"x"), *((b"X-Forwarded-For", user) for user in users)])
    handle(Replayed(RequestHead(b"GET", b"/", fields), b"", secure=False))


class InspectorTests(TestCase):
    """L{Inspector}."""

    def inspector(self, at: float = EPOCH + 1000) -> Inspector:
        """One that starts at that time."""
        clock = Clock()
        clock.advance(at)
        site = SimpleNamespace(clock=clock, reactor=reactor, log=Log("test", observer=lambda event: None))
        return Inspector(cast(IClientPartSite, site))

    def numbers(self, inspector: Inspector) -> list[int]:
        return [record.id for record in inspector.records()]

    def test_starts(self) -> None:
        """Each start has numbers of its own, above those before."""
        first, second = self.inspector(), self.inspector(EPOCH + 1001)
        for inspector in (first, second):
            handle = inspector.watch("web", answer, InspectConfig())
            for _ in range(50):
                ask(handle)
        self.assertEqual(self.numbers(first)[-1], 100_001)
        self.assertLess(max(self.numbers(first)), min(self.numbers(second)))

    def test_users(self) -> None:
        """Where users share a connection the last hop is theirs, and nothing is said where there is none."""
        inspector = self.inspector()
        handle = inspector.watch("web", answer, InspectConfig(), shared=True)
        for users in ((b"192.0.2.1",), (b"192.0.2.9, 192.0.2.2",), (b"192.0.2.9", b"2001:db8::1"), ()):
            ask(handle, *users)
        own = inspector.watch("own", answer, InspectConfig())
        ask(own, b"192.0.2.9")
        peers = [record.peer for record in sorted(inspector.records(), key=lambda record: record.id)]
        self.assertEqual(peers, ["192.0.2.1", "192.0.2.2", "2001:db8::1", "", "127.0.0.1:0"])

    async def test_filed(self) -> None:
        """What there was before a file is named goes into it, once; what is in it already does not come twice."""
        path, inspector = self.mktemp(), self.inspector()
        for file in ("", path, "", path):
            handle = inspector.watch("web", answer, InspectConfig(file=file))
            ask(handle)
            if file:
                await inspector._shelves[path].records("web", 1)
        self.assertEqual(len(self.numbers(inspector)), 4)
        kept = self.numbers(inspector)
        await inspector.stop()
        again = self.inspector(EPOCH + 2000)
        again.watch("web", answer, InspectConfig(file=path))
        await again._shelves[path].records("web", 1)
        self.assertEqual(sorted(self.numbers(again)), sorted(kept))
        await again.stop()
