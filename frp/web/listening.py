"""The port of a web server."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.application.service import Service
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort, IOpenSSLContextFactory, IProtocolFactory
from twisted.protocols.policies import WrappingFactory
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.web.http import Request as HTTPRequest
from twisted.web.resource import IResource
from twisted.web.server import Request, Site
from zope.interface import implementer

from frp.config.common import TLSFiles, WebServerConfig
from frp.interfaces import IReactor
from frp.logs import Log
from frp.sockets.certificates import TLSFields
from frp.sockets.taken import bindFault, portTaken
from frp.sockets.tlsside import TLSSide, serverContext
from frp.values import frozen
from frp.web.guarding import Guard
from frp.wire.address import authority

if TYPE_CHECKING:
    from OpenSSL.SSL import Context

__all__ = ["SAFE", "WebServer", "meant"]

#: Seconds that a connection may be silent.
IDLE_TIMEOUT = 60

#: The most bytes that a request may bring; a configuration is the largest thing that anybody sends.
MAX_BODY = 16 * 1024 * 1024


#: Headers of all that is served: nothing is kept, framed or taken for something else, and pages load only what is here.
SAFE = (
    (b"cache-control", b"no-store"),
    (
        b"content-security-policy",
        # Pictures: the pages show those that the inspector has kept.
        b"default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    ),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)


#: In a segment of a path a letter that hardly anybody has, and another one, stand for an escaped slash, and for that
#: letter: no name is out of reach.
_LETTER = "\ue02f"
_SLASH, _ITSELF = f"{_LETTER}s", f"{_LETTER}i"

_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")

#: A name of dots is the way up to a browser, and no name is no segment. Our pages put a letter in front, which is left
#: out here.
_NO_SEGMENT = re.compile("\ue02e+(\\.{1,2})?")


def meant(segment: str) -> str:
    """@return: a segment of the path of a request as whoever has asked has it, which may hold any letter."""
    found = segment.replace(_SLASH, "/").replace(_ITSELF, _LETTER)
    return found[1:] if _NO_SEGMENT.fullmatch(found) else found


class _Request(Request):
    """Without Twisted's content type where there is no content, and without end."""

    defaultContentType = None
    channel: Any
    _came = 0
    _wanted = True

    def gotLength(self, length: int | None) -> None:
        """The headers are there: what comes from strangers after them is not kept, in memory or on the disk."""
        self._wanted = self.channel.site.admits(self)
        Request.gotLength(self, length if self._wanted else 0)

    def handleContentChunk(self, data: bytes) -> None:
        self._came += len(data)
        if self._came > MAX_BODY:
            self.channel.forceAbortClient()
        elif self._wanted:
            Request.handleContentChunk(self, data)

    def render(self, resrc: IResource) -> None:
        """Whoever answers may say otherwise than L{SAFE}."""
        # A slash that was escaped does not part a path; it would be taken for one that does.
        self.postpath = [
            one.replace(_LETTER.encode(), _ITSELF.encode()).replace(b"/", _SLASH.encode())
            for one in self.postpath or ()
        ]
        self.responseHeaders.removeHeader(b"server")
        for name, value in SAFE:
            self.responseHeaders.setRawHeaders(name, [value])
        Request.render(self, resrc)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        if self._came > MAX_BODY:
            return
        where, mark, query = path.partition(b"?")
        # Twisted does not hear of a name without a value.
        pairs = [pair if b"=" in pair else pair + b"=" for pair in query.split(b"&") if pair]
        Request.requestReceived(self, command, where + mark + b"&".join(pairs), version)

    def process(self) -> None:
        if not _BAD_ESCAPE.search(self.path):
            Request.process(self)
            return
        self.setResponseCode(400)
        self.responseHeaders.setRawHeaders(b"content-type", [b"text/plain; charset=utf-8"])
        Request.write(self, b"400 Bad Request")
        Request.finish(self)


class _Site(Site):
    """Without the access log, and the clock that goes with it: what is worth a line is logged behind the password."""

    noisy = False

    def __init__(self, resource: IResource, reactor: IReactor, admits: Callable[[Request], bool]) -> None:
        """@param admits: whether the body of a request is worth keeping."""
        self.admits = admits
        # Nothing of ours takes forms, and Twisted would read them before anybody has asked for the password.
        Site.__init__(
            self,
            resource,
            requestFactory=_Request,
            timeout=IDLE_TIMEOUT,
            reactor=reactor,
            parsePOSTFormSubmission=False,
        )

    def startFactory(self) -> None:
        """There is no access log, whose clock would start here."""

    def stopFactory(self) -> None:
        """Nor does it stop."""

    def log(self, request: HTTPRequest) -> None:
        """Say nothing."""


class WebServer(Service):
    """Serves a resource on C{webServer.addr:port}, with HTTPS where C{webServer.tls} stands."""

    def __init__(
        self, reactor: IReactor, config: WebServerConfig, resource: IResource, guard: Guard, *, name: str, log: Log
    ) -> None:
        """
        @param guard: whose requests are worth keeping.
        @param name: what the log calls it.
        """
        self._reactor = reactor
        self._config = config
        self._resource = resource
        self._guard = guard
        self._name = name
        self._log = log
        self._listening: IListeningPort | None = None
        self._side: TLSSide | None = None
        self._connections: WrappingFactory | None = None

    def startService(self) -> None:
        """
        @raise frp.errors.PortTaken: the port cannot be had.
        @raise frp.errors.ConfigError: a file of C{webServer.tls} cannot be used.
        """
        config = self._config
        site = _Site(self._resource, self._reactor, self._guard.listens)
        served: IProtocolFactory = site
        if config.tls is not None:
            self._side = _side(config.tls)
            served = TLSMemoryBIOFactory(_Contexts(self._side), False, site)
        # It knows its connections, so that none outlives the server.
        connections: Any = WrappingFactory(served)
        connections.noisy = False
        self._connections = connections
        where = authority(config.addr, config.port)
        try:
            self._listening = self._reactor.listenTCP(config.port, connections, 128, config.addr)
        except CannotListenError as error:
            brief = f"listen tcp {where}: bind: {bindFault(error)}"
            raise portTaken(brief, "webServer.addr, webServer.port", error, "tcp") from error
        Service.startService(self)
        self._log.info("{name} listen on {where}", name=self._name, where=where)

    def renewal(self, tls: TLSFields | None) -> Callable[[], None] | None:
        """
        Read the certificate again that browsers are shown.

        @param tls: the files. Without, and without HTTPS until now, nothing changes.
        @return: lets all who come from now on have it; None where there is nothing to read.
        @raise frp.errors.ConfigError: a file cannot be read or used.
        """
        if self._side is None or tls is None:
            return None
        return partial(self._side.become, _side(tls))

    @property
    def port(self) -> int:
        assert self._listening is not None
        host = self._listening.getHost()
        assert isinstance(host, IPv4Address | IPv6Address)
        return host.port

    def stopService(self) -> Deferred[None]:
        """What was answered is sent, and no more."""
        Service.stopService(self)
        listening, self._listening = self._listening, None
        if listening is None or self._connections is None:
            return succeed(None)
        for connection in list(self._connections.protocols):
            connection.loseConnection()
        return listening.stopListening() or succeed(None)


def _side(tls: TLSFields) -> TLSSide:
    """The other two keys are accepted and mean nothing, as in the reference."""
    return serverContext(TLSFiles(certFile=tls.certFile, keyFile=tls.keyFile), "webServer.tls")


@implementer(IOpenSSLContextFactory)
@frozen
class _Contexts:
    """What Twisted asks for a context."""

    side: TLSSide

    def getContext(self) -> Context:
        return self.side.context
