"""What the web servers of frps and frpc have in common: routes, who may use them, and what is said of all others."""

from __future__ import annotations

import posixpath
from collections.abc import Awaitable, Callable
from hmac import compare_digest

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
from frp.web.answers import EMPTY, NOT_FOUND, UNAUTHORIZED, WRONG_METHOD, Answer, APIError, moved, problem, text
from frp.web.profiles import profile

__all__ = ["App", "View", "admits", "argument"]

#: Seconds that somebody waits who has a wrong password.
REFUSED_DELAY = 0.2

#: Answers a request; gets the parts of the path that the route names as keywords.
View = Callable[..., Answer | Awaitable[Answer | None] | None]


class App:
    """
    Routes behind one password. C{/healthz} and profiles need none.

    Paths and methods that do not exist are refused before the password is asked for, as in the reference.
    """

    def __init__(self, reactor: IReactor, config: WebServerConfig, log: Log) -> None:
        self._clock = reactor
        self._log = log
        self._about: list[tuple[str, str, str]] = []
        self._config = config
        self._klein = klein = Klein()
        klein.url_map.merge_slashes = False
        klein.handle_errors(NotFound, RequestRedirect)(self._notFound)
        klein.handle_errors(MethodNotAllowed)(self._wrongMethod)
        self.route("/healthz", lambda _request: EMPTY, locked=False, about="whether it lives")
        if config.pprofEnable:
            self.route("/debug/pprof/", lambda _request: profile("", reactor), locked=False)
            self.route("/debug/pprof/<name>", lambda _request, name: profile(name, reactor), locked=False)

    @property
    def resource(self) -> IResource:
        return self._klein.resource()

    def index(self, title: str) -> None:
        """Serve the list of what there is, at C{/}."""
        self.route("/", lambda _request: text(f"{title}\n\n{self._listed()}"))

    def _listed(self) -> str:
        width = max(len(path) for _, path, _ in self._about)
        return "".join(f"{method:6} {path:{width}}   {about}\n" for method, path, about in self._about)

    def mount(self, path: str, resource: IResource) -> None:
        """
        Serve a resource, and what is below it, behind the password.

        @param path: ends with no slash.
        """

        async def answer(request: Request) -> IResource | bytes:
            return resource if await self._let(request) else _write(request, UNAUTHORIZED)

        self._klein.route(path, endpoint=path, branch=True)(answer)

    async def _let(self, request: Request) -> bool:
        admitted = admits(self._config, request)
        if not admitted:
            await deferLater(self._clock, REFUSED_DELAY)
        return admitted

    def route(self, path: str, view: View, *methods: str, about: str = "", locked: bool = True) -> None:
        """
        Serve a path.

        @param path: parts in angle brackets, such as C{<name>}, stand for one segment.
        @param view: returns an L{Answer}, or None for an empty one; raises L{APIError}.
        @param methods: which ones it takes; all, if none is named.
        @param about: what the index says of it; empty where it says nothing.
        @param locked: whether the password is needed.
        """
        if about:
            self._about.append((methods[0] if methods else "GET", path, about))

        async def answer(request: Request, **parts: str) -> bytes:
            # werkzeug takes HEAD for GET.
            if methods and request.method.decode("latin-1") not in methods:
                return _write(request, WRONG_METHOD)
            if not locked:
                return _write(request, await self._ask(view, request, parts))
            if not await self._let(request):
                return _write(request, UNAUTHORIZED)
            where = _shown(request)
            self._log.info("http request: [{path}]", path=where)
            found = await self._ask(view, request, parts)
            self._log.info("http response [{path}]: code [{code}]", path=where, code=found.code)
            return _write(request, found)

        name = f"{','.join(methods)} {path}"
        self._klein.route(path, methods=list(methods) or None, endpoint=name)(answer)

    async def _ask(self, view: View, request: Request, parts: dict[str, str]) -> Answer:
        try:
            found = await asked(view, request, **parts)
        except APIError as error:
            self._log.warn("http response [{path}]: error: {reason}", path=_shown(request), reason=error.detail)
            return problem(error.code, error.brief)
        except CancelledError:
            raise
        except Exception:
            self._log.failure("http response [{path}]: this is a bug", path=_shown(request))
            return problem(500, "internal error")
        return EMPTY if found is None else found

    def _notFound(self, request: IRequest, failure: Failure) -> bytes:
        path = _shown(request)
        clean = posixpath.normpath("/" + path.lstrip("/"))
        if path.endswith("/") and clean != "/":
            clean += "/"
        return _write(request, NOT_FOUND if clean == path else moved(clean))

    def _wrongMethod(self, request: IRequest, failure: Failure) -> bytes:
        return _write(request, WRONG_METHOD)


def admits(config: WebServerConfig, request: Request) -> bool:
    """Whether who asks has the password, or needs none. The headers must be there."""
    if not config.user and not config.password:
        return True
    user = compare_digest(request.getUser(), config.user.encode())
    return compare_digest(request.getPassword(), config.password.encode()) and user


def argument(request: Request, name: str) -> str:
    """@return: a parameter of the query, or an empty text."""
    values: list[bytes] = (request.args or {}).get(name.encode(), [b""])
    return values[0].decode("utf-8", "replace")


def _shown(request: IRequest) -> str:
    """The path as it came: percent-encoded, so that nobody writes lines into our log."""
    path: bytes = request.path
    return path.decode("latin-1")


def _write(request: IRequest, answer: Answer) -> bytes:
    request.setResponseCode(answer.code)
    headers = request.responseHeaders
    headers.removeHeader(b"server")
    headers.setRawHeaders(b"content-length", [b"%d" % len(answer.body)])
    if answer.type:
        headers.setRawHeaders(b"content-type", [answer.type.encode()])
    for name, value in answer.headers.items():
        headers.setRawHeaders(name.encode(), [value.encode("latin-1")])
    return answer.body
