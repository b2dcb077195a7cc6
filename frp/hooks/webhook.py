"""C{type = "webhook"}: tells a URL which clients and proxies come and go."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.defer import Deferred
from zope.interface import implementer

from frp.config.schema import key, table
from frp.config.server import HookConfig
from frp.errors import ConfigError
from frp.hooks.base import ServerHook
from frp.hooks.outbox import Letter, Outbox
from frp.http.fetch import Fetcher
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
from frp.wire.messages import CloseProxy

__all__ = ["WebhookConfig", "WebhookHook", "WebhookKind"]


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
        self._outbox.add(json.dumps(content).encode())

    def close(self) -> Deferred[Any]:
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
