"""C{httpPlugins}: services that are asked over HTTP, as the reference's plugins are."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote_to_bytes, urlencode

from twisted.internet.defer import Deferred
from zope.interface import implementer

from frp.config.schema import table
from frp.config.server import HookConfig, HTTPPluginConfig
from frp.errors import Refused, RemoteWireError, Unavailable
from frp.hooks.base import ServerHook
from frp.hooks.contents import VERSION, answer, request
from frp.hooks.guard import Terms
from frp.interfaces import IServerHookKind, IServerHookSite
from frp.interfaces.operations import NewUserConn, Operation
from frp.version import __version__
from frp.wire.messages import CloseProxy, Login, NewProxy, NewWorkConn, Ping

if TYPE_CHECKING:
    from frp.http.fetch import Fetcher

__all__ = ["HTTPHook", "HTTPHookConfig", "HTTPPlugin"]

M = TypeVar("M", Login, NewProxy, CloseProxy, Ping, NewWorkConn, NewUserConn)


@table(reference="v1.HTTPPluginOptions")
class HTTPHookConfig(HookConfig, HTTPPluginConfig):
    """An HTTP service that is asked before certain operations; the same as an entry of httpPlugins."""


@implementer(IServerHookKind)
class HTTPPlugin:
    """The kind. An entry of C{httpPlugins} is one of these without a type."""

    schema = HTTPHookConfig
    examples = (
        'type = "http"\nname = "users"\naddr = "127.0.0.1:9000"\npath = "/handler"\nops = ["Login", "NewProxy"]\n',
    )

    def hook(self, config: HTTPPluginConfig, site: IServerHookSite) -> HTTPHook:
        # A server without plugins need not know an HTTP client.
        from frp.http.fetch import Fetcher

        return HTTPHook(config, Fetcher.keeping(site.reactor, Terms.of(config).timeout, verify=config.tlsVerify))


class HTTPHook(ServerHook):
    """
    Posts every operation to a URL.

    Unlike the reference it does not look at C{HTTP_PROXY}, and it follows no redirects.
    """

    def __init__(self, config: HTTPPluginConfig, fetcher: Fetcher) -> None:
        self.name = config.name
        self.operations = tuple(config.ops)
        self._url, self._headers = _where(config)
        self._fetcher = fetcher

    async def _ask(self, operation: Operation[M]) -> M:
        said, content = answer(await self._post(operation), type(operation.message))
        if said.reject:
            # Without a text the client would take the answer for a yes; the reference lets it.
            raise Refused(said.reject_reason or f"plugin [{self.name}] refused {operation.name}")
        if said.unchange:
            return operation.message
        if content is None:
            raise RemoteWireError("the answer cannot be used: content is null, and unchange is not true")
        replacing: M = content
        return replacing

    async def _post(self, operation: Operation[object]) -> bytes:
        url = self._url + "?" + urlencode({"op": operation.name, "version": VERSION})
        headers = {**self._headers, "X-Frp-Reqid": operation.id}
        said = await self._fetcher.post(url, headers, request(operation))
        if said.code != 200:
            raise Unavailable(f"do http request error code: {said.code}")
        return said.body

    def _asked(self, operation: Operation[M]) -> Deferred[M]:
        return Deferred.fromCoroutine(self._ask(operation))

    login = newProxy = closeProxy = ping = newWorkConn = _asked

    def newUserConn(self, operation: Operation[NewUserConn]) -> Deferred[NewUserConn]:
        """The content of the answer changes nothing, so what is asked next hears who really came."""
        return Deferred.fromCoroutine(self._ask(operation)).addCallback(lambda _: operation.message)

    def close(self) -> Deferred[None]:
        return self._fetcher.close()


def _where(config: HTTPPluginConfig) -> tuple[str, dict[str, str]]:
    """@return: the URL, and the headers of every request: a user in the URL goes into one, as in the reference."""
    url = config.addr + config.path
    if not url.startswith(("http://", "https://")):
        url = "http://" + url
    scheme, _, rest = url.partition("://")
    place, _, path = rest.partition("/")
    user, at, host = place.rpartition("@")
    headers = {"Content-Type": "application/json", "User-Agent": f"frp/{__version__}"}
    if at:
        name, _, password = user.partition(":")
        pair = b":".join((unquote_to_bytes(name), unquote_to_bytes(password)))
        headers["Authorization"] = f"Basic {b64encode(pair).decode()}"
    return f"{scheme}://{host}/{path}", headers
