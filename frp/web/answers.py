"""What the API says, in the shape that its users know from the reference."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence

import attrs

from frp.errors import ConfigError, ConfigErrors, FRPError
from frp.values import frozen

__all__ = [
    "EMPTY",
    "FOREIGN",
    "NOT_FOUND",
    "REBOUND",
    "UNAUTHORIZED",
    "WRONG_METHOD",
    "APIError",
    "Answer",
    "ConfigProblem",
    "moved",
    "problemsOf",
    "tagOf",
    "text",
    "tooOften",
    "unusable",
]

_TEXT = "text/plain; charset=utf-8"


@frozen
class ConfigProblem:
    """
    What is wrong with a configuration.

    @ivar path: of the key, with dots.
    @ivar line: counted from 1; 0 where nobody knows.
    @ivar hint: what to do; often empty.
    """

    path: str
    problem: str
    line: int = 0
    hint: str = ""


def problemsOf(errors: Iterable[ConfigError]) -> list[ConfigProblem]:
    return [ConfigProblem(one.path, one.problem, one.line, one.hint) for one in errors]


class APIError(FRPError):
    """
    A request that is not granted. The brief text is what the answer says.

    @ivar code: the HTTP status.
    @ivar problems: what is wrong with what was sent, key by key; the answer says it beside the text.
    """

    def __init__(self, code: int, brief: str, problems: Sequence[ConfigProblem] = (), detail: str = "") -> None:
        super().__init__(brief, detail)
        self.code = code
        self.problems = problems


def unusable(before: str, errors: ConfigErrors) -> APIError:
    """
    @param before: what stands before the text.
    @return: says that a configuration cannot be used: the answer key by key, the log on one line.
    """
    brief, detail = f"{before}: {errors.brief}", f"{before}: {errors.oneLine}"
    return APIError(400, brief, problemsOf(errors.problems), detail)


@frozen
class Answer:
    """
    One HTTP response.

    @ivar type: the content type; empty where there is no content.
    """

    body: bytes = b""
    type: str = ""
    code: int = 200
    headers: Mapping[str, str] = attrs.field(factory=dict)


def text(content: str | bytes, code: int = 200) -> Answer:
    return Answer(content.encode() if isinstance(content, str) else content, _TEXT, code)


def tagOf(body: bytes) -> str:
    """@return: an C{ETag}: the same for the same bytes."""
    return f'"{hashlib.sha256(body).hexdigest()[:20]}"'


def _refusal(content: str, code: int, **headers: str) -> Answer:
    return Answer(content.encode(), _TEXT, code, headers)


def moved(path: str) -> Answer:
    return Answer(code=301, headers={"Location": path})


def tooOften(seconds: float) -> Answer:
    """@param seconds: for how long it makes no sense to ask again."""
    return _refusal("Too many wrong passwords\n", 429, **{"Retry-After": str(math.ceil(seconds))})


EMPTY = Answer()
NOT_FOUND = _refusal("404 page not found\n", 404)
WRONG_METHOD = Answer(code=405)
FOREIGN = _refusal("Forbidden: a page of another site has asked for this\n", 403)
REBOUND = _refusal(
    "Forbidden: without webServer.password this answers to addresses and to localhost only, so that no page of another"
    " site can give its name to this machine\n",
    403,
)
UNAUTHORIZED = _refusal("Unauthorized\n", 401, **{"WWW-Authenticate": 'Basic realm="Restricted"'})
