"""Users who ask over HTTP, in memory."""

from __future__ import annotations

from http.client import HTTPResponse
from io import BytesIO
from typing import Any

from frp.testing.network import Network, User

__all__ = ["Heard", "answered", "ask", "heard"]


class Heard:
    """
    A response.

    @ivar fields: by name, in lower case.
    """

    def __init__(self, data: bytes, method: str = "GET") -> None:
        connection: Any = _Socket(data)
        response = HTTPResponse(connection, method=method)
        response.begin()
        self.status = response.status
        self.reason = response.reason
        self.fields = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()
        self.rest = connection.file.read()


class _Socket:
    def __init__(self, data: bytes) -> None:
        self.file = BytesIO(data)

    def makefile(self, _mode: str) -> Any:
        """What C{HTTPResponse} reads from. It closes it, and we look at what is left."""
        self.file.close = lambda: None  # type: ignore[method-assign]
        return self.file


def heard(user: User, method: str = "GET") -> Heard:
    """@return: the first response that has come; the others stay."""
    found = Heard(user.received, method)
    user.received = found.rest
    return found


def ask(network: Network, port: int, target: str, *fields: str, method: str = "GET", body: bytes = b"") -> Heard:
    """@return: the response to one request, on a connection of its own."""
    user = network.user(port)
    lines = [f"{method} {target} HTTP/1.1", "Host: example.test", *fields]
    lines += [f"Content-Length: {len(body)}"] if body else []
    user.send("\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + body)
    network.advance(5)
    found = heard(user, method)
    user.close()
    network.settle()
    return found


def answered(status: int, body: bytes = b"", *fields: str) -> bytes:
    """A response, as a service sends it."""
    head = "\r\n".join([f"HTTP/1.1 {status} Well", f"Content-Length: {len(body)}", *fields, "", ""])
    return head.encode() + body
