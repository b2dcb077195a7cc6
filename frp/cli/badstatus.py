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

__all__ = ["BadStatus", "badStatus", "likely", "pointed"]

#: So many names are listed where none is like the one that was asked for.
_LISTED = 10


class BadStatus(FRPError):
    """
    Such an answer. The brief text is the reference's.

    @ivar status: its code.
    @ivar foreign: whether it came from a program that does not know the request.
    """

    def __init__(self, status: int, meaning: str, *, foreign: bool = False) -> None:
        super().__init__(f"api status code [{status}]", meaning)
        self.status = status
        self.foreign = foreign


def badStatus(program: str, config: WebServerConfig, status: int, body: bytes) -> BadStatus:
    """
    @param program: that was asked.
    @param config: of its web server, as far as whoever asks knows it.
    """
    if status == 401:
        flags = ", or --dashboard-user and --dashboard-pwd," if program == "frps" else ""
        ours = "are others" if config.user or config.password else "are not set"
        meaning = (
            f"the {program} that runs has webServer.user and webServer.password{flags} of its own: those here {ours}"
        )
        return BadStatus(status, meaning)
    told = _told(body)
    if told is None and status == 404:
        meaning = f"the {program} that runs does not know this request: that of frp itself has fewer"
        return BadStatus(status, meaning, foreign=True)
    return BadStatus(status, f"{program} says: {body.decode('utf-8', 'replace').strip() if told is None else told}")


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


def _listed(names: Collection[str]) -> str:
    """@return: which there are, or the first of them."""
    some = ", ".join(list(names)[:_LISTED])
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"there are: {some}{more}" if names else "there are none"


@contextmanager
def pointed(name: str, names: Callable[[], Collection[str]]) -> Iterator[None]:
    """Let an answer that somebody does not know a name point at those that are spelled like it, or else at all."""
    try:
        yield
    except BadStatus as error:
        hint = likely(name, names, _listed) if error.status == 404 and not error.foreign else ""
        if not hint:
            raise
        raise BadStatus(error.status, f"{error.detail}; {hint}") from error


def likely(
    name: str, names: Callable[[], Collection[str]], otherwise: Callable[[Collection[str]], str] = lambda _: ""
) -> str:
    """
    @param names: asks for those that there are. Something is wrong already then: what goes wrong with it is not told.
    @param otherwise: what to say of them where none is spelled like this.
    @return: a question that names what is spelled like this.
    """
    try:
        found = names()
    except FRPError:
        return ""
    return "" if name in found else meant(name, found, otherwise(found))
