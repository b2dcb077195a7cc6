"""The page that users see where no proxy is for them."""

from __future__ import annotations

from pathlib import Path

from frp.logs import Log
from frp.version import COMPATIBLE

__all__ = ["NotFoundPage"]

_PAGE = b"""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Not Found</title>
<style>body { max-width: 35em; margin: 2em auto; padding: 0 1em; font-family: sans-serif; }</style>
</head>
<body>
<h1>The page you requested was not found.</h1>
<p>Nothing is published under this address, or it is not reachable now. Please try again later.</p>
</body>
</html>
"""


class NotFoundPage:
    """The built-in page, or a file of the administrator's."""

    def __init__(self, path: str, log: Log) -> None:
        """@param path: C{custom404Page}; empty for the built-in one."""
        self._path = path
        self._log = log

    def content(self) -> bytes:
        """@return: HTML. The file is read anew each time, so that it can be changed while frps runs."""
        if not self._path:
            return _PAGE
        try:
            return Path(self._path).read_bytes()
        except OSError as error:
            self._log.warn("read custom 404 page error: {reason}", reason=str(error))
            return _PAGE

    def response(self) -> bytes:
        """@return: a whole answer, for connections on which it is the only one."""
        content = self.content()
        head = (
            f"HTTP/1.1 404 Not Found\r\nContent-Length: {len(content)}\r\nContent-Type: text/html\r\n"
            f"Server: frp/{COMPATIBLE}\r\n\r\n"
        )
        return head.encode("ascii") + content
