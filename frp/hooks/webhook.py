"""C{type = "webhook"}: tells a URL which clients and proxies come and go."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping

from twisted.internet.defer import Deferred, TimeoutError, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from zope.interface import implementer

from frp.config.schema import key, table
from frp.config.server import HookConfig
from frp.errors import ConfigError, Unavailable
from frp.hooks.base import ServerHook
from frp.http.fetch import Fetcher, withoutSecrets
from frp.interfaces import IServerHookKind, IServerHookSite
from frp.interfaces.operations import (
    CLIENT_CLOSED,
    CLOSE_PROXY,
    LOGIN_ANSWERED,
    PROXY_ANSWERED,
    ClientClosed,
    LoginAnswered,
    Operation,
    ProxyAnswered,
)
from frp.logs import Log
from frp.values import frozen
from frp.wire.messages import CloseProxy

__all__ = ["Letter", "Outbox", "WebhookConfig", "WebhookHook", "WebhookKind"]

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0


@frozen
class Letter:
    """How each is sent; C{timeout} is seconds for one attempt."""

    url: str
    headers: Mapping[str, str]
    timeout: float
    tries: int

    @classmethod
    def json(cls, url: str, token: str, timeout: float, tries: int) -> Letter:
        """@param token: proves to the other side who sends; may be empty."""
        proof = {"Authorization": f"Bearer {token}"} if token else {}
        return cls(url, {"Content-Type": "application/json", **proof}, timeout, tries)


@frozen
class _Post:
    """@ivar name: what the log calls it."""

    name: str
    body: bytes


def _tries(count: int) -> str:
    return "after one try" if count == 1 else f"after {count} tries"


class Outbox:
    """Posts one body after the other."""

    def __init__(self, letter: Letter, room: int, fetcher: Fetcher, clock: IReactorTime, log: Log) -> None:
        """@param room: how many may wait; then the oldest ones are lost."""
        self._letter = letter
        self._fetcher = fetcher
        self._clock = clock
        self._log = log
        self._where = withoutSecrets(letter.url)
        self._waiting: deque[_Post] = deque(maxlen=max(1, room))
        self._sending: Deferred[None] | None = None
        self._closing = False
        self._lost = 0
        self._failing = False  # and the log has said so

    def add(self, name: str, body: bytes) -> None:
        """
        Send it, when all that came before is sent.

        @param name: what the log calls it.
        """
        if len(self._waiting) == self._waiting.maxlen:
            self._lost += 1
        self._waiting.append(_Post(name, body))
        if self._sending is None:
            self._sending = sending = Deferred.fromCoroutine(self._send())
            if sending.called:
                self._sending = None

    async def _send(self) -> None:
        try:
            while self._waiting:
                await self._deliver(self._waiting.popleft())
                lost, self._lost = self._lost, 0
                if lost:
                    self._log.warn("{count} events are lost: too many waited for {url}", count=lost, url=self._where)
        finally:
            self._sending = None

    async def _deliver(self, post: _Post) -> None:
        pause = _FIRST_PAUSE
        for attempt in range(1, self._letter.tries + 1):
            problem = await self._post(post.body)
            told = {"name": post.name, "url": self._where, "reason": problem}
            if not problem:
                self._works()
                return
            if attempt == self._letter.tries or self._closing:
                self._log.warn("event {name} for {url} is given up, {count}: {reason}", count=_tries(attempt), **told)
                return
            # One line when it begins: while a service is down each event fails.
            say, self._failing = self._log.debug if self._failing else self._log.warn, True
            say("event {name} for {url} is sent again in {seconds:g} s: {reason}", seconds=pause, **told)
            await deferLater(self._clock, pause, lambda: None)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _works(self) -> None:
        if self._failing:
            self._failing = False
            self._log.info("{url} takes events again", url=self._where)

    async def _post(self, body: bytes) -> str:
        """@return: what went wrong, or nothing."""
        letter = self._letter
        posting = Deferred.fromCoroutine(self._fetcher.post(letter.url, letter.headers, body))
        try:
            answer = await posting.addTimeout(letter.timeout, self._clock)
        except TimeoutError:
            return f"no answer within {letter.timeout:g} s"
        except Unavailable as error:
            return error.detail
        if 200 <= answer.code < 300:
            return ""
        return f"the answer was {answer.code}: {answer.excerpt}" if answer.body else f"the answer was {answer.code}"

    def close(self) -> Deferred[None]:
        """@return: fires when what waits was sent, or tried once; cancel it to wait no longer."""
        self._closing = True
        sending: Deferred[None] = self._sending or succeed(None)
        return sending.addBoth(lambda _: self._fetcher.close())


@table
class WebhookConfig(HookConfig):
    """Posts JSON to a URL when a client or a proxy comes or goes. frps never waits for it."""

    url: str = key("", "Where to: http:// or https://.")
    token: str = key("", "Sent as Authorization: Bearer.", secret=True)
    tlsVerify: bool = key(True, "Check the certificate of an https URL.")
    tries: int = key(5, "How often one event is sent until it is given up.")
    queue: int = key(1000, "How many events wait at most; then the oldest ones are lost.")


class WebhookHook(ServerHook):
    operations = (LOGIN_ANSWERED, CLIENT_CLOSED, PROXY_ANSWERED, CLOSE_PROXY)

    def __init__(self, config: WebhookConfig, outbox: Outbox, site: IServerHookSite) -> None:
        self.name = config.name
        self._outbox = outbox
        self._clock = site.clock

    def loginAnswered(self, operation: Operation[LoginAnswered]) -> None:
        if not operation.message.error:
            login = operation.message.login
            self._add("clientOnline", operation, hostname=login.hostname, os=login.os, version=login.version)

    def clientClosed(self, operation: Operation[ClientClosed]) -> None:
        closed = operation.message
        self._add("clientOffline", operation, seconds=round(closed.seconds, 3), reason=closed.reason)

    def proxyAnswered(self, operation: Operation[ProxyAnswered]) -> None:
        proxy, where = operation.message.proxy, operation.message.remote_addr
        if not operation.message.error:
            self._add("proxyOnline", operation, proxy=proxy.proxy_name, type=proxy.proxy_type, remoteAddress=where)

    def closeProxy(self, operation: Operation[CloseProxy]) -> CloseProxy:
        self._add("proxyOffline", operation, proxy=operation.message.proxy_name)
        return operation.message

    def _add(self, event: str, operation: Operation[object], **fields: object) -> None:
        caller = operation.caller
        who = {"user": caller.user, "runId": caller.runId, "address": caller.address}
        content = {"event": event, "time": round(self._clock.seconds(), 3), **who, **fields}
        self._outbox.add(event, json.dumps(content).encode())

    def close(self) -> Deferred[None]:
        """What waits is sent while there is time."""
        return self._outbox.close()


@implementer(IServerHookKind)
class WebhookKind:
    schema = WebhookConfig
    examples = ('name = "events"\ntype = "webhook"\nurl = "https://example.com/frps"\n',)

    def hook(self, config: WebhookConfig, site: IServerHookSite) -> WebhookHook:
        if not config.url.startswith(("http://", "https://")):
            raise ConfigError("url", f"hook [{config.name}]: url must begin with http:// or https://")
        letter = Letter.json(config.url, config.token, config.timeout, config.tries)
        fetcher = Fetcher.keeping(site.reactor, config.timeout, verify=config.tlsVerify)
        return WebhookHook(config, Outbox(letter, config.queue, fetcher, site.clock, site.log.about(config.name)), site)
