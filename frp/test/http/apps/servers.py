"""A server to expose things through, and what a browser would do."""

from __future__ import annotations

import http.client
from typing import ClassVar
from unittest import SkipTest
from urllib.parse import urlsplit

from twisted.trial.unittest import SynchronousTestCase

from frp.test.interop.programs import MISSING, Program, freePort

__all__ = ["ServerTestCase", "fetch"]


def fetch(
    url: str, body: bytes | None = None, method: str = "", headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    """@return: the status and the body of a URL's answer; the name in it means this machine."""
    parts = urlsplit(url)
    asked = http.client.HTTPConnection("127.0.0.1", parts.port or 80, timeout=20)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        asked.request(method or ("POST" if body else "GET"), path, body, {"Host": parts.netloc, **(headers or {})})
        answer = asked.getresponse()
        return answer.status, answer.read()
    finally:
        asked.close()


class ServerTestCase(SynchronousTestCase):
    """
    Has an frps that runs as a program of its own.

    @cvar maker: C{ours} or C{go}.
    """

    maker = "ours"
    program: ClassVar[Program]
    server: ClassVar[str]
    web: ClassVar[int]

    @classmethod
    def setUpClass(cls) -> None:
        if cls.maker == "go" and MISSING:
            raise SkipTest(MISSING)
        port, cls.web = freePort(), freePort()
        cls.server = f"127.0.0.1:{port}"
        cls.program = Program(
            cls.maker,
            "frps",
            f'bindAddr = "127.0.0.1"\nbindPort = {port}\nproxyBindAddr = "127.0.0.1"\nvhostHTTPPort = {cls.web}\n'
            'auth.token = "a secret"\nsubDomainHost = "example.com"\n',
        )
        cls.addClassCleanup(cls.program.close)
        cls.program.wait("frps started successfully")
