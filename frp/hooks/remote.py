"""C{httpPlugins}: services that are asked over HTTP, as the reference's plugins are."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote_to_bytes, urlencode

import attrs
from twisted.internet.defer import Deferred
from zope.interface import implementer

from frp.config.schema import table
from frp.config.server import HookConfig, HTTPPluginConfig
from frp.errors import Refused, RemoteWireError, Unavailable
from frp.hooks.base import ServerHook
from frp.hooks.guard import Terms
from frp.interfaces import IServerHookKind, IServerHookSite
from frp.interfaces.operations import Caller, NewUserConn, Operation
from frp.values import define
from frp.version import __version__
from frp.wire.fields import flag, text
from frp.wire.gojson import KIND, Kind, Wrong, decodeObject, quote, toJSON
from frp.wire.messages import CloseProxy, Login, NewProxy, NewWorkConn, Ping

if TYPE_CHECKING:
    from frp.http.fetch import Fetcher

__all__ = ["VERSION", "Answer", "HTTPHook", "HTTPHookConfig", "HTTPPlugin", "answer", "request"]

VERSION = "0.1.0"
"""Of this protocol."""


@define
class _Address:
    client_address: str = text()


def _encodeMetas(metas: dict[str, str]) -> str:
    # Go writes a map that is not there as null; one that is there and empty does not come over the wire.
    return "{" + ",".join(f"{quote(key)}:{quote(metas[key])}" for key in sorted(metas)) + "}" if metas else "null"


@define
class _User:
    user: str = text(always=True)
    metas: dict[str, str] = attrs.field(factory=dict, metadata={KIND: Kind(_encodeMetas, lambda found: found, True)})
    run_id: str = text(always=True)


@define
class Answer:
    """What a plugin says. C{unchange} keeps the content; without it the content is replaced."""

    reject: bool = flag()
    reject_reason: str = text()
    unchange: bool = flag()


def request(operation: Operation[object]) -> bytes:
    """The body of a request: the keys, their order and what is left out are those of the reference."""
    message = toJSON(operation.message)
    if isinstance(operation.message, Login):
        content = _joined(message, toJSON(_Address(operation.caller.address)))
    else:
        content = _joined(b'{"user":' + _user(operation.caller) + b"}", message)
    return b'{"version":"%s","op":"%s","content":%s}' % (VERSION.encode(), operation.name.encode(), content)


def _user(caller: Caller) -> bytes:
    return toJSON(_User(caller.user, caller.metas, caller.runId))


def _joined(first: bytes, second: bytes) -> bytes:
    return first if second == b"{}" else second if first == b"{}" else first[:-1] + b"," + second[1:]


def answer(data: bytes, kind: type[Any]) -> tuple[Answer, Any]:
    """
    Read the body of a response.

    @param kind: the class of the message that was asked about.
    @return: what was said, and the message that shall take the place of the other: all zero values where the plugin
        gave none, as in the reference. None where it gave null, which stops a whole Go frps.
    @raise RemoteWireError: it is not such an answer.
    """
    try:
        found = json.loads(data.decode("utf-8", "surrogateescape"))
        said = decodeObject(Answer, found)
        contents = [value for key, value in found.items() if key.lower() == "content"]
        if contents and contents[-1] is None:
            return said, None
        try:
            return said, decodeObject(kind, contents[-1] if contents else {})
        except Wrong as wrong:
            raise wrong.under("content") from None
    except Wrong as wrong:
        problem = f"{wrong.path}: {wrong.problem}" if wrong.path else wrong.problem
    except ValueError as error:
        problem = f"not JSON: {error}"
    except RecursionError:
        problem = "not JSON: nested too deeply"
    raise RemoteWireError(f"the answer cannot be used: {problem}")


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
    """Posts every operation to a URL. Unlike the reference it knows no C{HTTP_PROXY}, and follows no redirects."""

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
            error = f"do http request error code: {said.code}"
            raise Unavailable(error, f"{error}: {said.excerpt}" if said.body else error)
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
