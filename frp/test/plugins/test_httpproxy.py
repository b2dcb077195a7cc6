"""The plugin that is an HTTP proxy."""

from __future__ import annotations

from base64 import b64encode
from socket import inet_aton, inet_ntoa

from OpenSSL import SSL
from twisted.internet.defer import fail, succeed
from twisted.internet.error import DNSLookupError

from frp.test.plugins.asking import answered, ask, heard
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts import ClientPluginContract
from frp.testing.network import User

PROOF = "Proxy-Authorization: Basic " + b64encode(b"alice:pa:ss").decode()
WRONG = "Proxy-Authorization: Basic " + b64encode(b"alice:wrong").decode()


class HTTPProxyTests(ClientPluginContract, NetworkTestCase):
    """Users reach the network of frpc."""

    name = "http_proxy"
    table = {"httpUser": "alice", "httpPassword": "pa:ss"}

    def setUp(self) -> None:
        super().setUp()
        self.echo = self.network.echo()
        self.asked: list[bytes] = []
        self.web = self.network.service(self.answer)
        names = {"web.test": "10.0.0.7", "here.test": "127.0.0.1", "": "0.0.0.0"}
        # What the system makes of these.
        names.update({odd: inet_ntoa(inet_aton(odd)) for odd in ("127.1", "2130706433", "0x7f.1", "0177.0.0.1")})
        self.patch(
            self.network.reactor,
            "resolve",
            lambda name: succeed(names[name]) if name in names else fail(DNSLookupError(f"no {name}")),
        )

    def answer(self, user: User, data: bytes) -> None:
        """A web server."""
        self.asked.append(data)
        user.send(answered(200, b"well", "X-Here: yes", "Connection: keep-alive"))

    def connect(self, target: str, *fields: str, behind: bytes = b"") -> User:
        """@return: a user who has asked to be connected."""
        user = self.network.user(self.port)
        user.send("\r\n".join([f"CONNECT {target} HTTP/1.1", f"Host: {target}", *fields, "", ""]).encode() + behind)
        self.network.advance(0.1)
        return user

    def use(self) -> None:
        user = self.connect(f"127.0.0.1:{self.echo.port}", PROOF)
        self.assertEqual(user.received, b"HTTP/1.1 200 OK\r\n\r\n")
        user.received = b""
        data = bytes(range(250)) * 4000
        user.send(data)
        self.network.advance(5)
        self.assertEqual(user.received, data)
        user.close()
        self.network.advance(0.1)

    def test_early(self) -> None:
        """What comes together with the request is not lost, and the request may come in any pieces."""
        self.start()
        user = self.connect(f"127.0.0.1:{self.echo.port}", PROOF, behind=b"early")
        self.assertEqual(user.received, b"HTTP/1.1 200 OK\r\n\r\nearly")
        slow = self.network.user(self.port)
        for byte in f"CONNECT 127.0.0.1:{self.echo.port} HTTP/1.1\r\nHost: x\r\n{PROOF}\r\n\r\nx".encode():
            slow.send(bytes([byte]))
            self.network.settle()
        self.assertEqual(slow.received, b"HTTP/1.1 200 OK\r\n\r\nx")

    def test_connectRefused(self) -> None:
        """Who is not connected hears why, in the reference's words."""
        self.network.refuse(9)
        self.start()
        who = b"HTTP/1.1 407 Not authorized\r\nConnection: close\r\nProxy-Authenticate: Basic\r\n"
        who += b"Content-Length: 0\r\n\r\n"
        bad = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
        target = f"127.0.0.1:{self.echo.port}"
        for to, fields, said in (
            (target, [], who),
            (target, ["Proxy-Authorization: Basic ????"], who),
            (target, [WRONG], who),
            ("127.0.0.1:9", [PROOF], bad),
        ):
            user = self.connect(to, *fields)
            self.network.advance(0.2)
            self.assertEqual(user.received, said)
            self.assertTrue(user.closed)
        user = self.connect("127.0.0.1", PROOF)
        self.assertEqual(heard(user).status, 400)
        self.assertEqual(self.echo.users, [])

    def test_pause(self) -> None:
        """A wrong password is answered after a while, a missing one at once."""
        self.start()
        user = self.connect("127.0.0.1:80", WRONG)
        self.assertEqual(user.received, b"")
        self.network.advance(0.11)
        self.assertTrue(user.received)
        self.assertTrue(self.connect("127.0.0.1:80").received)

    def test_absolute(self) -> None:
        """A request with a whole URL is passed on, without what is for the proxy, and the connection goes on."""
        self.start()
        user = self.network.user(self.port)
        url = f"http://10.0.0.7:{self.web.port}/a?b=c"
        for _ in range(2):
            user.send(
                f"GET {url} HTTP/1.1\r\nHost: other\r\n{PROOF}\r\nProxy-Connection: keep-alive\r\nTE: gzip\r\n"
                "X-Forwarded-For: 1.2.3.4\r\nAccept-Encoding: br\r\n\r\n".encode()
            )
            self.network.advance(0.1)
            found = heard(user)
            self.assertEqual((found.status, found.body, found.fields["x-here"]), (200, b"well", "yes"))
        head = f"GET /a?b=c HTTP/1.1\r\nHost: 10.0.0.7:{self.web.port}\r\n"
        head += "X-Forwarded-For: 1.2.3.4\r\nAccept-Encoding: br\r\n\r\n"
        self.assertEqual(self.asked, [head.encode()] * 2)
        self.assertEqual(len(self.web.users), 1)

    def test_absoluteRefused(self) -> None:
        """What cannot be passed on is answered with why, and the connection goes on."""
        self.network.refuse(9)
        self.start()
        for target, fields, status, text in (
            ("http://10.0.0.7/", [], 407, b""),
            ("http://10.0.0.7/", [WRONG], 407, b""),
            ("http://10.0.0.7:9/", [PROOF], 500, b"dial tcp 10.0.0.7:9: connect: connection refused"),
            ("/", [PROOF], 500, b'unsupported protocol scheme ""\n'),
            ("ftp://10.0.0.7/", [PROOF], 500, b'unsupported protocol scheme "ftp"\n'),
            ("http://user@10.0.0.7/", [PROOF], 400, b""),
        ):
            found = ask(self.network, self.port, target, *fields)
            self.assertEqual(found.status, status, target)
            self.assertTrue(found.body.startswith(text), found.body)
        found = ask(self.network, self.port, "http://10.0.0.7/")
        self.assertEqual(found.fields["proxy-authenticate"], "Basic")

    def test_denyLocal(self) -> None:
        """With denyLocal nobody reaches this machine, by whatever name; others are reached."""
        self.start(denyLocal=True)
        port = self.echo.port
        for host in (
            *("127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "169.254.169.254", "[::]"),
            *("here.test", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "[64:ff9b::7f00:1]"),
        ):
            user = self.connect(f"{host}:{port}", PROOF)
            self.assertEqual(user.received, b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", host)
            self.assertEqual(ask(self.network, self.port, f"http://{host}:{port}/", PROOF).status, 403, host)
        self.assertEqual(self.echo.users, [])
        self.assertEqual(ask(self.network, self.port, f"http://web.test:{self.web.port}/", PROOF).body, b"well")
        self.assertEqual(ask(self.network, self.port, "http://none.test/", PROOF).status, 500)
        self.assertEqual(self.connect(f"web.test:{port}", PROOF).received, b"HTTP/1.1 200 OK\r\n\r\n")

    def test_authorities(self) -> None:
        """What the system trusts is read when a service is dialled, not for each request."""
        read: list[SSL.Context] = []
        self.patch(SSL.Context, "set_default_verify_paths", lambda context: read.append(context))
        self.start()
        for host in ("none.test", "none.test", "other.test"):
            self.assertEqual(ask(self.network, self.port, f"https://{host}/", PROOF).status, 500)
        self.assertEqual(read, [])

    def test_leavesWhileDialling(self) -> None:
        """A user who leaves while the target is dialled leaves nothing behind."""
        self.network.silence(7)
        self.start()
        user = self.connect("10.0.0.1:7", PROOF)
        user.abort()
        self.network.advance(0.1)
        self.assertEqual(len(self.network.reactor.links), 1)

    def test_slow(self) -> None:
        """Who does not finish a request within a minute is told so."""
        self.start()
        user = self.network.user(self.port)
        user.send(b"CONNECT 127.0.0.1:80 HTTP/1.1\r\n")
        self.network.advance(61)
        self.assertEqual(heard(user).status, 408)
        self.assertTrue(user.closed)
