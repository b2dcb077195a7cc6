"""HTTP plugins: first with an agent that only looks like one, then over sockets."""

from __future__ import annotations

import json
from base64 import b64encode
from io import BytesIO
from typing import Any

import attrs
from twisted.internet import reactor as installed
from twisted.internet.defer import CancelledError, Deferred, fail, succeed
from twisted.internet.error import ConnectionRefusedError
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.ssl import DefaultOpenSSLContextFactory
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase, TestCase
from twisted.web._newclient import ParseError
from twisted.web.client import ResponseDone
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent
from twisted.web.resource import Resource
from twisted.web.server import Site
from zope.interface import implementer
from zope.interface.verify import verifyObject

from frp.config.server import HTTPPluginConfig
from frp.errors import FRPError, Refused
from frp.hooks.remote import HTTPHook, HTTPPlugin
from frp.http.bounded import LARGEST
from frp.http.fetch import Fetcher
from frp.interfaces import IServerHook, IServerHookKind, IServerHookSite
from frp.interfaces.operations import OPERATIONS, NewUserConn, Operation
from frp.logs import Log
from frp.sockets.eager import eager
from frp.test.hooks.recording import CALLER
from frp.test.sockets.authority import Authority
from frp.wire.messages import Login, NewProxy

reactor: Any = installed


@attrs.define
class Response:
    """A response whose body is there."""

    code: int
    body: bytes
    phrase = b""
    headers = Headers()

    def deliverBody(self, protocol: Any) -> None:
        """All at once."""
        protocol.dataReceived(self.body)
        protocol.connectionLost(Failure(ResponseDone()))


@implementer(IAgent)
class Agent:
    """Gives the same answer to every request, and keeps them: method, URL, headers, body."""

    def __init__(self, answer: Response | Exception) -> None:
        self.requests: list[tuple[bytes, bytes, Any, bytes]] = []
        self._answer = answer

    def request(self, method: bytes, uri: bytes, headers: Any = None, bodyProducer: Any = None) -> Deferred[Any]:
        body = BytesIO()
        bodyProducer.startProducing(body)
        assert bodyProducer.length == len(body.getvalue())
        self.requests.append((method, uri, headers, body.getvalue()))
        return fail(self._answer) if isinstance(self._answer, Exception) else succeed(self._answer)


def saying(**answer: Any) -> Response:
    """A response with this JSON."""
    return Response(200, json.dumps(answer).encode())


PROXY = Operation("NewProxy", NewProxy(proxy_name="a", remote_port=1), CALLER)


class HookTests(SynchronousTestCase):
    """A plugin's request and its answer."""

    def hook(self, answer: Response | Exception, **settings: Any) -> tuple[HTTPHook, Agent]:
        """A hook whose plugin gives this answer."""
        agent = Agent(answer)
        config = HTTPPluginConfig(**{"name": "p", "addr": "plugins:9000", "path": "/handler", **settings})
        return HTTPHook(config, Fetcher(agent, prefix="{} {}: ".format)), agent

    def failing(self, answer: Response | Exception) -> str:
        """@return: the detail of the error."""
        hook, _ = self.hook(answer)
        return str(self.failureResultOf(hook.newProxy(PROXY), FRPError).value.detail)

    def test_interfaces(self) -> None:
        """Kind and hook keep their promises."""
        verifyObject(IServerHookKind, HTTPPlugin())
        verifyObject(IServerHook, self.hook(saying())[0])

    def test_request(self) -> None:
        """It is a POST of JSON with the operation in the query, and the id of the operation in a header."""
        hook, agent = self.hook(saying(unchange=True))
        self.assertIs(self.successResultOf(hook.newProxy(PROXY)), PROXY.message)
        [(method, uri, headers, body)] = agent.requests
        self.assertEqual((method, uri), (b"POST", b"http://plugins:9000/handler?op=NewProxy&version=0.1.0"))
        self.assertEqual(headers.getRawHeaders("X-Frp-Reqid"), [PROXY.id])
        self.assertEqual(headers.getRawHeaders("Content-Type"), ["application/json"])
        self.assertEqual(json.loads(body)["content"]["proxy_name"], "a")

    def test_addresses(self) -> None:
        """A scheme may be given, and a path need not."""
        for addr, path, url in [
            ("https://plugins", "/h", b"https://plugins/h"),
            ("http://plugins:1", "", b"http://plugins:1/"),
            ("plugins:1", "/a/b", b"http://plugins:1/a/b"),
        ]:
            hook, agent = self.hook(saying(unchange=True), addr=addr, path=path)
            hook.newProxy(PROXY)
            self.assertEqual(agent.requests[0][1].partition(b"?")[0], url)

    def test_user(self) -> None:
        """A user and a password in the URL are sent as HTTP Basic, as the reference does; the URL has them no more."""
        hook, agent = self.hook(saying(unchange=True), addr="https://bob:p%40ss@[::1]:9000")
        hook.newProxy(PROXY)
        [(_, uri, headers, _)] = agent.requests
        self.assertEqual(uri, b"https://[::1]:9000/handler?op=NewProxy&version=0.1.0")
        self.assertEqual(headers.getRawHeaders("Authorization"), ["Basic " + b64encode(b"bob:p@ss").decode()])

    def test_newUserConn(self) -> None:
        """Who came stays who he is, whatever is answered: a list of addresses behind it would know nobody otherwise."""
        hook, _ = self.hook(saying())
        operation = Operation("NewUserConn", NewUserConn("a", "tcp", "192.0.2.1:5"), CALLER)
        self.assertIs(self.successResultOf(hook.newUserConn(operation)), operation.message)

    def test_replaced(self) -> None:
        """Without unchange the answer's content takes the message's place as a whole."""
        hook, _ = self.hook(saying(content={"proxy_name": "b"}))
        self.assertEqual(self.successResultOf(hook.newProxy(PROXY)), NewProxy(proxy_name="b"))
        hook, _ = self.hook(saying())
        self.assertEqual(self.successResultOf(hook.newProxy(PROXY)), NewProxy())

    def test_rejected(self) -> None:
        """A plugin's reason is what the client is told; without one there is another, or it would be a yes."""
        hook, _ = self.hook(saying(reject=True, reject_reason="not you", unchange=True))
        self.assertEqual(self.failureResultOf(hook.newProxy(PROXY), Refused).value.brief, "not you")
        hook, _ = self.hook(saying(reject=True))
        self.assertEqual(self.failureResultOf(hook.newProxy(PROXY), Refused).value.brief, "plugin [p] refused NewProxy")

    def test_troubles(self) -> None:
        """Everything else is an error that says what was wrong."""
        self.assertEqual(self.failing(Response(502, b"")), "do http request error code: 502")
        self.assertEqual(self.failing(Response(502, b"oh\n")), "do http request error code: 502: 'oh\\n'")
        self.assertEqual(self.failing(Response(502, b"x" * 200)), f"do http request error code: 502: '{'x' * 100}'...")
        self.assertIn("the answer is no HTTP (odd): '\\x00'", self.failing(ParseError("odd", b"\x00")))
        self.assertIn("not JSON", self.failing(Response(200, b"<html>")))
        self.assertIn("content is null", self.failing(Response(200, b'{"content":null}')))
        self.assertIn("larger than", self.failing(Response(200, b" " * (LARGEST + 1))))
        self.assertIn("Post http://plugins:9000/handler?", self.failing(ConnectionRefusedError()))

    def test_everyOperation(self) -> None:
        """Each method asks, and each operation can be watched."""
        hook, agent = self.hook(saying(unchange=True), ops=list(OPERATIONS))
        self.assertEqual(hook.operations, OPERATIONS)
        for name in OPERATIONS:
            method = getattr(hook, name[0].lower() + name[1:])
            self.successResultOf(method(attrs.evolve(PROXY, name=name)))
        self.assertEqual([json.loads(request[3])["op"] for request in agent.requests], list(OPERATIONS))


class Plugin(Resource):
    """A plugin that calls every user guest, and counts its connections."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.peers: set[object] = set()

    def render_POST(self, request: Any) -> bytes:
        """Answer."""
        self.peers.add(request.getClientAddress().port)
        content = json.loads(request.content.read())["content"]
        return json.dumps({"content": {**content, "user": "guest"}}).encode()


class Endless(Protocol):
    """Answers with one header after the other."""

    def dataReceived(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * (LARGEST // 4))


class Silent(Protocol):
    """Hears a request, and says nothing; C{lost} fires at the end."""

    def __init__(self, heard: Deferred[Silent]) -> None:
        self.lost: Deferred[None] = Deferred()
        self._heard = heard

    def dataReceived(self, data: bytes) -> None:
        if not self._heard.called:
            self._heard.callback(self)

    def connectionLost(self, reason: Failure | None = None) -> None:
        self.lost.callback(None)


@implementer(IServerHookSite)
@attrs.define
class HookSite:
    """What a hook may ask for."""

    reactor: Any = attrs.field(factory=lambda: eager(reactor))
    clock: Any = reactor
    log: Log = attrs.field(factory=lambda: Log("test"))


class LiveTests(TestCase):
    """A plugin on a socket."""

    async def ask(self, addr: str, **settings: Any) -> Login:
        """Ask it about a login, twice."""
        hook = HTTPPlugin().hook(HTTPPluginConfig(addr=addr, path="/h", **settings), HookSite())
        try:
            await hook.login(Operation("Login", Login(user="alice"), CALLER))
            return await hook.login(Operation("Login", Login(user="bob", pool_count=3), CALLER))
        finally:
            await hook.close()

    async def test_http(self) -> None:
        """It is asked again over the same connection."""
        plugin = Plugin()
        port = reactor.listenTCP(0, Site(plugin), interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        login = await self.ask(f"127.0.0.1:{port.getHost().port}")
        self.assertEqual((login.user, login.pool_count, len(plugin.peers)), ("guest", 3, 1))

    async def test_https(self) -> None:
        """A certificate that nobody knows is accepted, unless tlsVerify asks for more."""
        fields = Authority().fields("localhost", names=["localhost"])
        context = DefaultOpenSSLContextFactory(fields.keyFile, fields.certFile)
        port = reactor.listenSSL(0, Site(Plugin()), context, interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        address = f"https://localhost:{port.getHost().port}"
        self.assertEqual((await self.ask(address)).user, "guest")
        with self.assertRaises(FRPError) as caught:
            await self.ask(address, tlsVerify=True)
        self.assertIn("certificate", caught.exception.detail)

    async def test_silent(self) -> None:
        """Whoever waits no longer has cancelled the request, and its connection ends."""
        connected: Deferred[Silent] = Deferred()
        factory: Any = Factory.forProtocol(lambda: Silent(connected))
        factory.noisy = False
        port = reactor.listenTCP(0, factory, interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        address = f"127.0.0.1:{port.getHost().port}"
        hook = HTTPPlugin().hook(HTTPPluginConfig(addr=address), HookSite())
        asked = hook.login(Operation("Login", Login(), CALLER))
        plugin = await connected
        asked.cancel()
        with self.assertRaises(CancelledError):
            await asked
        await plugin.lost
        await hook.close()

    async def test_endlessHead(self) -> None:
        """An answer whose head does not end is none; it is not kept until the time is over."""
        factory: Any = Factory.forProtocol(Endless)
        factory.noisy = False
        port = reactor.listenTCP(0, factory, interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        with self.assertRaises(FRPError) as caught:
            await self.ask(f"127.0.0.1:{port.getHost().port}")
        self.assertIn("aborted", caught.exception.detail)

    async def test_nobody(self) -> None:
        """Where nobody listens, the error says so."""
        port = reactor.listenTCP(0, Site(Plugin()), interface="127.0.0.1")
        number = port.getHost().port
        await port.stopListening()
        with self.assertRaises(FRPError) as caught:
            await self.ask(f"127.0.0.1:{number}")
        self.assertIn("refused", caught.exception.detail)
