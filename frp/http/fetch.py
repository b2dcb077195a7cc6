"""
Questions of ours over HTTP: to an OpenID Connect provider, to hooks that are services, to a local service that is
checked. Everything that a stranger at the other end could make long has a bound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import TypeVar
from urllib.parse import SplitResult, quote, urldefrag, urljoin, urlsplit

from twisted.internet.defer import CancelledError, Deferred, maybeDeferred, succeed
from twisted.internet.interfaces import IConsumer, IReactorTime
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from twisted.web.client import ResponseDone
from twisted.web.http import PotentialDataLoss
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IBodyProducer, IResponse
from zope.interface import implementer

from frp.errors import FRPError, Unavailable
from frp.http.bounded import DEADLINE, LARGEST, TOO_LARGE, Bounded
from frp.interfaces import IReactor
from frp.sockets.tlsside import TLSSide, clientContext, systemContext
from frp.transports.outward import Way
from frp.values import frozen
from frp.version import __version__

__all__ = ["Answer", "Fetcher", "Misled", "quoted", "withoutSecrets"]

T = TypeVar("T")

#: Redirects that are followed, where nobody says how many.
_REDIRECTS = 5
_REDIRECTING = (301, 302, 303, 307, 308)

#: Bytes of what cannot be used that are shown.
_SHOWN = 100

#: What may stand in an address as it is; a percent sign too, for it is taken to be quoted already.
_SAFE = "/?&=%:@!$'()*+,;~#[]"


def quoted(address: str | bytes) -> str:
    """An address, or a part of one, as it can stand in a request."""
    return quote(address, safe=_SAFE)


class Misled(Unavailable):
    """The redirects lead nowhere, or where they must not."""


@frozen
class Answer:
    """
    What came back.

    @ivar type: the media type, in small letters and without parameters; empty where none was said.
    @ivar status: as C{404 Not Found}.
    @ivar location: where it redirects to, if anywhere.
    """

    code: int
    status: str
    type: str
    location: str
    body: bytes

    @property
    def excerpt(self) -> str:
        """How the body begins, quoted, for a log: it is a stranger's."""
        return _excerpt(self.body)


class _Anybody:
    """Trusts everybody, and proves nothing."""

    certFile = keyFile = trustedCaFile = serverName = ""


class Fetcher:
    """Asks. Nothing here asks for compression, and what is compressed is not unpacked."""

    def __init__(
        self,
        agent: IAgent,
        *,
        close: Callable[[], object] = lambda: None,
        prefix: Callable[[str, str], str] = lambda method, url: "",
        clock: IReactorTime | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """
        @param agent: sends the requests; it need not follow redirects.
        @param close: ends the connections that the agent keeps; may return a Deferred.
        @param prefix: what errors begin with, from the method, as C{Get}, and the URL.
        @param clock: limits each question, from the first name that is looked up to the last byte of the answer, to
            L{DEADLINE<frp.http.bounded.DEADLINE>}; without it the wait has no end but that of the caller.
        @param headers: of every request.
        """
        self._agent = agent
        self._close = close
        self._prefix = prefix
        self._clock = clock
        self._headers = headers or {}

    @classmethod
    def once(cls, reactor: IReactor, way: Way, side: Callable[[str], TLSSide] = systemContext) -> Fetcher:
        """
        One connection for each question, which may hold a secret: errors show no more than where it went.

        @param way: the proxy, if any, for a scheme and a host.
        @param side: what a host is dialled with over TLS, be it a proxy.
        """
        own = {"User-Agent": f"frp/{__version__}"}
        return cls(Bounded(reactor, way, side), prefix=_prefix, clock=reactor, headers=own)

    @classmethod
    def keeping(cls, reactor: IReactor, timeout: float, *, verify: bool) -> Fetcher:
        """
        Connections are kept for the next question, and no proxies asked.

        @param timeout: seconds for a connection.
        @param verify: whether certificates are checked.
        """
        # Reading the system's authorities takes its time.
        side = lru_cache(systemContext if verify else partial(clientContext, _Anybody()))
        agent = Bounded(reactor, lambda scheme, host: None, side, timeout, keep=True)
        return cls(agent, close=agent.close, prefix=lambda method, url: f"{method} {url}: ")

    async def get(
        self, url: str, headers: Mapping[str, str] | None = None, *, redirects: int = _REDIRECTS, whole: bool = True
    ) -> Answer:
        """
        Get, and follow redirects; what begins with https goes on so. Parameters as for L{ask}.

        @param redirects: how many are followed.
        @raise Unavailable: there was no answer. L{Misled} where there was.
        """
        secure = urlsplit(url).scheme == "https"
        headers = headers or {}
        for _ in range(redirects + 1):
            answer = await self.ask("GET", url, headers, whole=whole)
            if not answer.location or answer.code not in _REDIRECTING:
                return answer
            onward, headers = _redirected(url, answer.location, headers)
            if secure and urlsplit(onward).scheme != "https":
                raise Misled(f"{self._prefix('Get', url)}redirected away from https")
            url = onward
        raise Misled(f"{self._prefix('Get', url)}stopped after {redirects} redirects")

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """
        Post. What is sent may be secret, so no redirect is followed.

        @raise Unavailable: there was no answer.
        """
        return await self.ask("POST", url, headers, body)

    async def ask(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None, *, whole: bool = True
    ) -> Answer:
        """
        One question.

        @param whole: whether the answer is of use only with its whole body. Without, the body is cut off where it is
            too large, and where the question is cancelled in the middle of it.
        @raise Unavailable: there was no answer.
        """
        try:
            asked = Deferred.fromCoroutine(self._ask(method, url, headers, body, whole))
            if self._clock is not None:
                asked.addTimeout(DEADLINE, self._clock, _tooSlow)
            return await asked
        except Exception as error:
            cause = _cause(error)
            if isinstance(cause, CancelledError):
                raise CancelledError from error
            prefix = self._prefix(method.capitalize(), url)
            if isinstance(cause, FRPError):
                raise Unavailable(prefix + cause.brief, prefix + cause.detail) from error
            raise Unavailable(prefix + _said(cause)) from error

    async def _ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, whole: bool) -> Answer:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Unavailable("the URL is none of http or https")
        if "@" in parts.netloc:
            raise Unavailable("the URL must not hold a user")
        sent = Headers({name: [value] for name, value in {**self._headers, **headers}.items()})
        producer = None if body is None else _Body(body)
        response = await self._agent.request(method.encode(), url.encode(), sent, producer)
        reading = _Reading(whole)
        deliver: Callable[[Protocol], object] = response.deliverBody
        deliver(reading)
        return _answer(response, await reading.done)

    def close(self) -> Deferred[None]:
        """End the connections that are kept."""
        return maybeDeferred(self._close).addCallback(lambda _: None)


def _answer(response: IResponse, body: bytes) -> Answer:
    def first(name: bytes) -> bytes:
        values: list[bytes] = response.headers.getRawHeaders(name) or [b""]
        return values[0]

    status = f"{response.code} {response.phrase.decode('latin-1')}".strip()
    kind = first(b"content-type").decode("utf-8", "replace").partition(";")[0].strip().lower()
    return Answer(response.code, status, kind, quoted(first(b"location")), body)


def _redirected(url: str, location: str, headers: Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
    """Where to go on, and with which headers: another host gets no secrets, and no other's name."""
    target = urldefrag(urljoin(url, location)).url
    dropped = set()
    if urlsplit(location).netloc:
        dropped.add("host")
    if urlsplit(target).hostname != urlsplit(url).hostname:
        dropped |= {"authorization", "cookie"}
    return target, {name: value for name, value in headers.items() if name.lower() not in dropped}


def _tooSlow(outcome: T | Failure, timeout: float) -> T:
    if isinstance(outcome, Failure):
        raise Unavailable(f"no answer within {timeout:g} s")
    return outcome


def withoutSecrets(url: str) -> str:
    """@return: the URL with neither its user nor its query, either of which may be secret."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "?"
    return SplitResult(parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", "").geturl()


def _prefix(method: str, url: str) -> str:
    return f'{method} "{withoutSecrets(url)}": '


def _cause(error: BaseException) -> BaseException:
    """Twisted's HTTP client wraps errors, at times more than once."""
    while reasons := getattr(error, "reasons", None):
        error = reasons[0].value
    return error


def _said(error: BaseException) -> str:
    """In words: where Twisted cannot read an answer it has what it met beside them."""
    if len(error.args) == 2 and isinstance(error.args[1], bytes):
        what, met = error.args
        return f"the answer is no HTTP ({what}): {_excerpt(met)}"
    return str(error) or type(error).__name__


def _excerpt(body: bytes) -> str:
    shown = repr(body[:_SHOWN].decode("utf-8", "replace"))
    return shown if len(body) <= _SHOWN else f"{shown}..."


@implementer(IBodyProducer)
class _Body:
    """The body of a request, in one write."""

    def __init__(self, data: bytes) -> None:
        self.length = len(data)
        self._data = data

    def startProducing(self, consumer: IConsumer) -> Deferred[None]:
        consumer.write(self._data)
        return succeed(None)

    def pauseProducing(self) -> None:
        """It is written already."""

    def resumeProducing(self) -> None:
        """It is written already."""

    def stopProducing(self) -> None:
        """It is written already."""


class _Reading(Protocol):
    """
    Reads the body of a response.

    @ivar done: fires with it. Cancel this to drop the connection.
    """

    def __init__(self, whole: bool) -> None:
        self.done: Deferred[bytes] = Deferred(lambda _: self._drop())
        self._whole = whole
        self._data = bytearray()

    def dataReceived(self, data: bytes) -> None:
        self._data += data
        if len(self._data) > LARGEST:
            self._drop()

    def connectionLost(self, reason: Failure | None = None) -> None:
        if self.done.called:
            return
        if not self._whole:
            self.done.callback(bytes(self._data))
        elif len(self._data) > LARGEST:
            self.done.errback(Unavailable(TOO_LARGE))
        elif reason is not None and not reason.check(ResponseDone, PotentialDataLoss):
            self.done.errback(reason)
        else:
            self.done.callback(bytes(self._data))

    def _drop(self) -> None:
        if self.transport is not None:
            self.transport.loseConnection()
        if not self._whole:
            self.connectionLost()
