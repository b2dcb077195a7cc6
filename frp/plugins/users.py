"""The users of a plugin that speaks HTTP, and what they must know."""

from __future__ import annotations

from collections.abc import Callable
from hmac import compare_digest

from twisted.internet.interfaces import IProtocol

from frp.config.schema import key, table
from frp.http.exchange import IExchange
from frp.http.pool import Pool
from frp.http.server import HTTPServer
from frp.http.serving import Serving
from frp.interfaces import IClientPluginSite
from frp.wire.http.fields import Fields
from frp.wire.http.target import readBasic

__all__ = ["WRONG_PAUSE", "CredentialsConfig", "HTTPUsers", "fail", "known"]

#: Seconds after which somebody hears that the password was wrong.
WRONG_PAUSE = 0.2


@table(inline=True)
class CredentialsConfig:
    """Who may use a plugin over HTTP."""

    httpUser: str = key("", "Who may use it; without this and a password, everybody.")
    httpPassword: str = key("", "What they must know.", secret=True)


def known(config: CredentialsConfig, proof: bytes | None) -> bool:
    """
    @param proof: the value of Authorization or Proxy-Authorization.
    @return: whether this is who may use the plugin. It takes as long for a wrong password as for the right one.
    """
    wanted = config.httpUser.encode(), config.httpPassword.encode()
    if not any(wanted):
        return True
    user, password = readBasic(proof) or (b"", b"")
    # Both are looked at in any case.
    return compare_digest(user, wanted[0]) & compare_digest(password, wanted[1])


def fail(exchange: IExchange, status: int, text: str, fields: Fields | None = None) -> None:
    """Answer with an error as Go's C{http.Error} does."""
    fields = fields or Fields()
    fields.add(b"Content-Type", b"text/plain; charset=utf-8")
    fields.add(b"X-Content-Type-Options", b"nosniff")
    exchange.reply(status, fields, f"{text}\n".encode())


def _http2(serving: Serving) -> IProtocol:
    # It takes its time to import, and few users speak it.
    from frp.http.h2.connection import HTTP2Connection

    return HTTP2Connection(serving)


class HTTPUsers(HTTPServer):
    """The factory of a plugin's users. When the proxy closes, those that are idle are closed."""

    def __init__(
        self,
        handler: Callable[[IExchange], object],
        site: IClientPluginSite,
        *,
        secure: bool = False,
        pool: Pool | None = None,
        http2: bool = False,
    ) -> None:
        """
        @param pool: connections to services, which are closed, too.
        @param http2: whether users may speak HTTP/2, too.
        """
        super().__init__(handler, site.clock, site.log, secure=secure, http2=_http2 if http2 else None)
        self._services = pool

    def stopFactory(self) -> None:
        self.shut()
        if self._services is not None:
            self._services.close()
