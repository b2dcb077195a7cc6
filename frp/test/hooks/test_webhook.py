"""The hook C{webhook}: what is told to others over HTTP."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.defer import Deferred, succeed

from frp.errors import Unavailable
from frp.hooks.webhook import Letter, Outbox, WebhookConfig, WebhookHook, WebhookKind
from frp.http.fetch import Answer
from frp.interfaces import IServerHookKind, IServerHookSite
from frp.kinds import Contribution
from frp.test.hooks.test_builtin import BuiltinTestCase
from frp.testing.misbehaving import registryWith


class _Posted:
    """Stands for the HTTP client."""

    def __init__(self, answers: list[Any]) -> None:
        self.sent: list[Any] = []
        self.answers = answers
        self.closed = False

    async def post(self, url: str, headers: Any, body: bytes) -> Any:
        self.sent.append(json.loads(body))
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Deferred):
            return await answer
        if isinstance(answer, Exception):
            raise answer
        return Answer(answer, "", "", "", b"" if answer == 200 else b"oh no")

    def close(self) -> Deferred[None]:
        self.closed = True
        return succeed(None)


class _PostingKind(WebhookKind):
    """The kind C{webhook}, with that client."""

    def __init__(self, posted: Any) -> None:
        self.posted = posted

    def hook(self, config: WebhookConfig, site: IServerHookSite) -> WebhookHook:
        letter = Letter.json(config.url, config.token, config.timeout, config.tries)
        return WebhookHook(config, Outbox(letter, config.queue, self.posted, site.clock, site.log), site)


class WebhookTests(BuiltinTestCase):
    """C{webhook}."""

    def posting(self, *answers: Any, **settings: Any) -> _Posted:
        """Start a server whose events are kept."""
        posted = _Posted(list(answers))
        self.network.registry = registryWith(
            Contribution(IServerHookKind, "webhook", "for tests", _PostingKind(posted))
        )
        self.start("webhook", **{"url": "http://127.0.0.1:9/", **settings})
        return posted

    def events(self, posted: _Posted) -> list[str]:
        """@return: the names of what was sent."""
        return [sent["event"] for sent in posted.sent]

    def test_events(self) -> None:
        """Clients and proxies that come and go are told, in that order."""
        posted = self.posting()
        self.serving().close()
        self.network.settle()
        self.assertEqual(self.events(posted), ["clientOnline", "proxyOnline", "proxyOffline", "clientOffline"])
        self.assertEqual(posted.sent[1]["proxy"], "alice.web")
        self.assertEqual({sent["user"] for sent in posted.sent}, {"alice"})
        self.network.servers[0].stopService()
        self.network.advance(1)
        self.assertTrue(posted.closed)

    def test_again(self) -> None:
        """What was not taken is sent again, later each time; what comes meanwhile waits."""
        posted = self.posting(500, Unavailable("away"))
        self.serving()
        self.assertEqual(self.events(posted), ["clientOnline"])
        self.network.advance(1)
        self.network.advance(2)
        self.assertEqual(self.events(posted), ["clientOnline"] * 3 + ["proxyOnline"])

    def test_givenUp(self) -> None:
        """But not for ever; the next ones have their chance."""
        posted = self.posting(500, 500, tries=2, url="http://me:secret@127.0.0.1:9/told?key=secret")
        self.serving()
        self.network.advance(1)
        self.assertEqual(self.events(posted), ["clientOnline"] * 2 + ["proxyOnline"])
        where = "event clientOnline for http://127.0.0.1:9/told is"
        self.assertEqual(self.logged(f"{where} sent again in 1 s: the answer was 500: 'oh no'"), 1)
        self.assertEqual(self.logged(f"{where} given up, after 2 tries: the answer was 500: 'oh no'"), 1)
        self.assertEqual((self.logged("http://127.0.0.1:9/told takes events again"), self.logged("secret")), (1, 0))

    def test_hangs(self) -> None:
        """A service that hangs holds nobody up, and no more than the queue has room for is kept."""
        posted = self.posting(Deferred(), tries=1, queue=2, timeout=5)
        for number in range(5):
            self.assertEqual(self.outcome(user=f"u{number}"), "")
        self.network.advance(6)
        self.assertEqual([sent["user"] for sent in posted.sent], ["u0", "u3", "u4"])
        self.assertEqual(self.logged("2 events are lost"), 1)
