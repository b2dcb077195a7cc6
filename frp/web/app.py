"""What the web servers of frps and frpc have in common: routes, who may use them, and what is said of all others."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable
from itertools import chain
from typing import cast

import attrs
from klein import Klein
from twisted.internet.defer import CancelledError
from twisted.internet.task import deferLater
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from twisted.web.resource import IResource
from twisted.web.server import Request
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

from frp.config.common import WebServerConfig
from frp.interfaces import IReactor
from frp.kinds.awaiting import asked
from frp.logs import Log
from frp.session.turns import inTurns
from frp.web.answers import (
    EMPTY,
    FOREIGN,
    NOT_FOUND,
    REBOUND,
    UNAUTHORIZED,
    WRONG_METHOD,
    Answer,
    APIError,
    moved,
    tooOften,
)
from frp.web.guarding import Guard
from frp.web.listening import meant
from frp.web.operations import ANY, PART, Media, Operation
from frp.web.page import Page
from frp.web.queries import queried
from frp.web.reading import read
from frp.web.writing import jsonPieces

__all__ = ["App"]

#: A header of what our pages ask.
PAGE = "X-Frp-Page"

#: Seconds that somebody waits who has a wrong password.
REFUSED_DELAY = 0.2

_JSON = "application/json"

# Bytes of a body that are written at once.
_PIECE = 1 << 16


class App:
    """
    Operations, and whole resources of Twisted, behind one password.

    Paths and methods that do not exist are refused before the password is asked for, as in the reference.

    @ivar operations: all that are served.
    @ivar pages: those for browsers.
    @ivar guard: who may ask for them.
    """

    def __init__(self, reactor: IReactor, config: WebServerConfig, log: Log) -> None:
        self._clock = reactor
        self._log = log
        self.guard = Guard(config, reactor)
        self.operations: list[Operation] = []
        self.pages: list[Page] = []
        self._klein = klein = Klein()
        klein.url_map.merge_slashes = False
        klein.handle_errors(NotFound, RequestRedirect)(self._notFound)
        klein.handle_errors(MethodNotAllowed)(self._wrongMethod)

    @property
    def resource(self) -> IResource:
        return self._klein.resource()

    def mount(self, path: str, resource: IResource) -> None:
        """
        Serve a resource, with a slash behind its path, and what is below it, behind the password.

        @param path: without that slash.
        """

        async def answer(request: Request) -> IResource | bytes:
            refused = await self._refused(request)
            return resource if refused is None else await self._sent(request, refused)

        self._klein.route(f"{path}/", endpoint=path, branch=True)(answer)

    async def _refused(self, request: Request) -> Answer | None:
        """@return: what who may not ask is told, after a while."""
        waits = self.guard.waits(request)
        if waits:
            return tooOften(waits)
        if self.guard.rebound(request):
            return REBOUND
        if self.guard.admits(request):
            return None
        self.guard.guessed(request)
        await deferLater(self._clock, REFUSED_DELAY)
        return UNAUTHORIZED

    def add(self, operation: Operation) -> None:
        """
        Serve an operation.

        @raise ValueError: its path cannot be one.
        """

        async def answer(request: Request, **parts: str) -> IResource | bytes:
            # werkzeug takes HEAD for GET.
            if operation.verb not in (ANY, request.method.decode("latin-1")):
                return await self._sent(request, WRONG_METHOD)
            if not operation.locked:
                return await self._answer(operation, request, parts)
            refused = await self._refused(request)
            if refused is None and operation.changes and self.guard.foreign(request):
                self._log.warn("a page of another site has asked for {path}; it is refused", path=_shown(request))
                refused = FOREIGN
            if refused is not None:
                return await self._sent(request, refused)
            where = _shown(request)
            say = self._log.debug if _looks(operation, request) else self._log.info
            say("http request: [{path}]", path=where)
            found = await self._answer(operation, request, parts)
            say("http response [{path}]: code [{code}]", path=where, code=request.code)
            return found

        methods = None if operation.verb == ANY else [operation.verb]
        name = f"{operation.verb} {operation.path}"
        self._klein.route(PART.sub(r"<\1>", operation.path), methods=methods, endpoint=name)(answer)
        self.operations.append(operation)

    async def _answer(self, operation: Operation, request: Request, parts: dict[str, str]) -> IResource | bytes:
        try:
            found = await self._done(operation, request, parts)
        except APIError as error:
            # What is open to everybody is asked each second, by load balancers.
            say = self._log.warn if operation.locked else self._log.debug
            say("http response [{path}]: error: {reason}", path=_shown(request), reason=error.detail)
            found = await self._json(_refusal(operation, error), error.code)
        except CancelledError:
            raise
        except Exception:
            self._log.failure("http response [{path}]: this is a bug", path=_shown(request))
            found = await self._json(operation.manner.problem(500, "internal error"), 500)
        return await self._sent(request, found) if isinstance(found, Answer) else found

    async def _done(self, operation: Operation, request: Request, parts: dict[str, str]) -> Answer | IResource:
        given: dict[str, object] = {name: meant(part) for name, part in parts.items()}
        if operation.query is not None:
            given["query"] = queried(operation.query, request.args or {}, request.getHeader)
        if operation.takes is not None:
            given["body"] = _body(operation.takes.shape, request)
        assert operation.method is not None
        found = await asked(operation.method, **given)
        if isinstance(found, Answer) or IResource.providedBy(found):
            return found
        if operation.answers is None:
            return EMPTY
        if not isinstance(operation.answers, Media):
            return await self._json(operation.manner.wrapped(found))
        if not isinstance(found, bytes):
            found = await self._gathered([found] if isinstance(found, str) else cast(Iterable[str], found))
        return Answer(found, operation.answers.type)

    async def _json(self, value: object, code: int = 200) -> Answer:
        return Answer(await self._gathered(chain(jsonPieces(value), ("\n",))), _JSON, code)

    # What is long takes its time, which is not to be that of the users.

    async def _gathered(self, pieces: Iterable[str]) -> bytes:
        found: list[bytes] = []
        await inTurns(self._clock, lambda piece: found.append(piece.encode()), pieces)
        return b"".join(found)

    async def _sent(self, request: Request, answer: Answer) -> bytes:
        """@return: what is left to be sent: nothing."""
        _begin(request, answer)
        body = answer.body
        await inTurns(self._clock, request.write, (body[at : at + _PIECE] for at in range(0, len(body), _PIECE)))
        return b""

    def _notFound(self, request: IRequest, failure: Failure) -> bytes:
        path = _shown(request)
        clean = posixpath.normpath("/" + path.lstrip("/"))
        if path.endswith("/") and clean != "/":
            clean += "/"
        # To a browser a backslash is a slash: two in front would lead to another host.
        return _begin(request, NOT_FOUND if clean == path else moved(clean.replace("\\", "%5C")))

    def _wrongMethod(self, request: IRequest, failure: Failure) -> bytes:
        return _begin(request, WRONG_METHOD)


def _looks(operation: Operation, request: Request) -> bool:
    """@return: whether one of our pages only looks, which it does every few seconds for as long as it is open."""
    return operation.verb == "GET" and not operation.changes and request.getHeader(PAGE) is not None


def _refusal(operation: Operation, error: APIError) -> dict[str, object]:
    told = operation.manner.problem(error.code, error.brief)
    return {**told, "problems": error.problems} if error.problems else told


def _body(shape: object, request: Request) -> object:
    """@raise APIError: it is to be JSON, and is not; or of a shape, and is not."""
    content = request.content.read() if request.content is not None else b""
    if isinstance(shape, Media):
        return content
    try:
        found: object = json.loads(content)
        json.dumps(found, ensure_ascii=False).encode()  # half of a pair of surrogates cannot be written again
    except (ValueError, RecursionError) as error:
        raise APIError(400, f"parse JSON error: {error}") from error
    return read(shape, found) if isinstance(shape, type) and attrs.has(shape) else found


def _shown(request: IRequest) -> str:
    """The path as it came: percent-encoded, so that nobody writes lines into our log."""
    path: bytes = request.path
    return path.decode("latin-1")


def _begin(request: IRequest, answer: Answer) -> bytes:
    """@return: the body."""
    request.setResponseCode(answer.code)
    headers = request.responseHeaders
    headers.setRawHeaders(b"content-length", [b"%d" % len(answer.body)])
    for name, value in answer.headers.items():
        headers.setRawHeaders(name, [value])
    if answer.type:
        headers.setRawHeaders(b"content-type", [answer.type.encode()])
    return answer.body
