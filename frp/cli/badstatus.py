"""An API has answered, but not with 200: what that means, and what to do about it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from frp.cli.suggesting import meant
from frp.errors import FRPError

if TYPE_CHECKING:
    from frp.config.common import WebServerConfig

__all__ = ["BadStatus", "likely", "meaningOf", "pointed"]


class BadStatus(FRPError):
    """
    Such an answer. The brief text is the reference's.

    @ivar status: its code.
    """

    def __init__(self, status: int, meaning: str) -> None:
        super().__init__(f"api status code [{status}]", meaning)
        self.status = status


def meaningOf(program: str, config: WebServerConfig, status: int, body: bytes) -> str:
    """
    @param program: that was asked.
    @param config: of its web server, as far as whoever asks knows it.
    """
    if status == 401:
        flags = ", or --dashboard-user and --dashboard-pwd," if program == "frps" else ""
        ours = "are others" if config.user or config.password else "are not set"
        return f"the {program} that runs has webServer.user and webServer.password{flags} of its own: those here {ours}"
    told = _told(body)
    if told is None and status == 404:
        return f"the {program} that runs does not know this request: that of frp itself has fewer"
    return f"{program} says: {body.decode('utf-8', 'replace').strip() if told is None else told}"


def _told(body: bytes) -> str | None:
    """@return: the words of an error, and of each key that it names where it stands and what to do; or None."""
    try:
        found = json.loads(body)
        lines = [str(found["msg"])]
        for problem in found.get("problems", ()):
            line = f"line {problem['line']}" if problem["line"] else ""
            lines.append(": ".join(part for part in (line, problem["path"], problem["hint"]) if part))
        return "\n".join(lines)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


@contextmanager
def pointed(name: str, names: Callable[[], Collection[str]]) -> Iterator[None]:
    """Let an answer that somebody does not know a name point at those that are spelled like it."""
    try:
        yield
    except BadStatus as error:
        hint = likely(name, names) if error.status == 404 else ""
        if not hint:
            raise
        raise BadStatus(error.status, f"{error.detail}; {hint}") from error


def likely(name: str, names: Callable[[], Collection[str]]) -> str:
    """
    @param names: asks for those that there are. Something is wrong already then: what goes wrong with it is not told.
    @return: a question that names what is spelled like this, or nothing.
    """
    try:
        found = names()
    except FRPError:
        return ""
    return "" if name in found else meant(name, found)
