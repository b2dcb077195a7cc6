"""A site that is looked into, and what frpc's API says of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from frp.test.http.web import Asked, Web, ok
from frp.test.plugins.asking import Heard, heard
from frp.testing.web import WebTestCase

__all__ = ["PORT", "InspectorCase"]

#: Of http proxies.
PORT = 8080


class InspectorCase(WebTestCase):
    """A site behind an http proxy that is looked into."""

    inspect: dict[str, Any] | None = {}
    settings: dict[str, Any] = {}  # of frps

    def setUp(self) -> None:
        super().setUp()
        self.network.server(vhostHTTPPort=PORT, **self.settings)
        self.answer: Callable[[Asked], bytes | None] = lambda asked: ok(
            b"hello", b"Set-Cookie: secret", b"Content-Type: text/plain"
        )
        self.web = Web(self.network, lambda asked: self.answer(asked))
        proxy = {
            "name": "site",
            "type": "http",
            "localPort": self.web.port,
            "customDomains": ["example.test"],
        }
        if self.inspect is not None:
            proxy["inspect"] = self.inspect
        self.admin(proxies=[proxy])
        self.network.advance(1)

    def use(self, target: str = "/", *fields: str, method: str = "GET", body: bytes = b"") -> Heard:
        """Somebody asks the site."""
        user = self.network.user(PORT)
        lines = [f"{method} {target} HTTP/1.1", "Host: example.test", *fields]
        lines += [f"Content-Length: {len(body)}"] if body else []
        user.send("\r\n".join([*lines, "", ""]).encode() + body)
        self.network.advance(0.1)
        found = heard(user, method)
        user.close()
        self.network.settle()
        return found

    def shown(self, path: str = "/api/v2/requests") -> Any:
        """What the API says."""
        return self.get(path).json["data"]

    def replay(self, number: int, **edit: Any) -> Any:
        """Send one again. @return: what the API says."""
        user = self.begin("POST", f"/api/v2/requests/{number}/replay", json.dumps(edit).encode())
        self.network.advance(0.1)
        return self.reply(user).json
