"""https and tcpmux proxies: our programs with the reference's, and with each other."""

from __future__ import annotations

import socket
import ssl
from base64 import b64encode

from frp.test.interop.cases import ProgramsTestsBuilder
from frp.test.interop.pairings import OURS, PAIRINGS, doorText, varied
from frp.test.interop.programs import freePort
from frp.test.interop.services import Answer, Service, received, sayName
from frp.test.started import WORKERS

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
UNPROVEN = b"HTTP/1.1 407 Proxy Authentication Required\r\n"


class DoorTests(ProgramsTestsBuilder):
    """What every pairing of the two programs can do."""

    def secure(self, name: str, domain: str) -> Service:
        """A service with a certificate for a domain, which says its name and what it has heard."""
        files = self.stage.authority.fields(name, [domain])
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(files.certFile, files.keyFile)

        def answer(plain: socket.socket) -> None:
            with context.wrap_socket(plain, server_side=True) as connection:
                connection.sendall(name.encode() + connection.recv(100))

        return self.service(answer)

    def answer(self, port: int, data: bytes) -> bytes:
        """What comes back to who says this, until the end."""
        with self.dial(port) as user:
            user.sendall(data)
            return received(user)

    def visit(self, port: int, domain: str) -> bytes:
        """What the service for a domain says, which must have a certificate for it."""
        context = ssl.create_default_context(cafile=self.stage.authority.caFile)
        with (
            self.dial(port) as plain,
            context.wrap_socket(plain, server_hostname=domain) as user,
        ):
            user.sendall(b" heard")
            return user.recv(100)

    def published(self, server: str, client: str, *proxies: str) -> int:
        """@return: the port of a server, once a client has published all of these."""
        _frps, port = self.frps(server)
        frpc = self.frpc(port, client, "".join(proxies))
        frpc.wait("start proxy success", times=len(proxies))
        return port

    def test_https(self) -> None:
        """Each domain leads to its service, with TLS from end to end; an unknown one to the alert of TLS."""
        door = freePort()
        one, other = self.secure("one", "one.example.com"), self.secure("other", "b.a.example.com")
        self.published(
            f"vhostHTTPSPort = {door}",
            "",
            doorText("https", "one", one.port, ["One.example.com"], "transport.useEncryption = true"),
            doorText("https", "other", other.port, ["*.example.com"], "transport.useCompression = true"),
        )
        for _ in range(3):
            self.assertEqual(self.visit(door, "one.example.com"), b"one heard")
            self.assertEqual(self.visit(door, "b.a.example.com"), b"other heard")
        error = self.assertRaises(ssl.SSLError, self.visit, door, "example.com")
        self.assertEqual(error.reason, "TLSV1_UNRECOGNIZED_NAME")

    def test_sharedPort(self) -> None:
        """Users and a client whose TLS has frp's own byte before it come to one port."""
        door = freePort()
        one = self.secure("one", "one.example.com")
        _frps, port = self.frps(f"vhostHTTPSPort = {door}", door)
        client = "transport.tls.disableCustomTLSFirstByte = false"
        frpc = self.frpc(port, client, doorText("https", "one", one.port, ["one.example.com"]))
        frpc.wait("start proxy success")
        self.assertEqual(self.visit(port, "one.example.com"), b"one heard")

    def test_groups(self) -> None:
        """Users of one domain come to the members in turn; each worker has its own turns."""
        door = freePort()
        balanced = 'loadBalancer.group = "g"\nloadBalancer.groupKey = "k"'
        services = {name: self.secure(name, "a.example.com") for name in ("one", "two")}
        self.published(
            f"vhostHTTPSPort = {door}",
            "",
            *(doorText("https", name, s.port, ["a.example.com"], balanced) for name, s in services.items()),
        )
        answers = [self.visit(door, "a.example.com") for _ in range(4)]
        self.assertEqual(set(answers), {b"one heard", b"two heard"})
        self.assertLessEqual(abs(answers.count(b"one heard") - answers.count(b"two heard")), 2 * (WORKERS - 1))

    def mux(self, server: str = "") -> int:
        """@return: the door to a few services."""
        door = freePort()

        def text(name: str, answer: Answer, more: str = "") -> str:
            more += '\nmultiplexer = "httpconnect"'
            return doorText("tcpmux", name, self.service(answer).port, ["a.example.com"], more)

        self.published(
            f"tcpmuxHTTPConnectPort = {door}\n{server}",
            "",
            text("all", sayName(b"all")),
            text("one", sayName(b"one"), 'routeByHTTPUser = "ann"'),
            text(
                "safe",
                lambda connection: connection.sendall(connection.recv(500)),
                'routeByHTTPUser = "bob"\nhttpUser = "bob"\nhttpPassword = "secret"',
            ),
        )
        return door

    def connect(self, user: str = "") -> bytes:
        """A request."""
        proof = f"Proxy-Authorization: Basic {b64encode(user.encode()).decode()}\r\n" if user else ""
        return f"CONNECT A.example.com:22 HTTP/1.1\r\nHost: a.example.com:22\r\n{proof}\r\n".encode()

    def test_tcpmux(self) -> None:
        """Users are led by the host and by the name that they say, and prove it where they must."""
        door = self.mux()
        self.assertEqual(self.answer(door, self.connect()), OK + b"all")
        self.assertEqual(self.answer(door, self.connect("ann:x")), OK + b"one")
        self.assertTrue(self.answer(door, self.connect("bob:wrong")).startswith(OK + UNPROVEN))
        with self.dial(door) as user:
            user.sendall(self.connect("bob:secret"))
            self.assertEqual(user.makefile("rb").read(len(OK)), OK)
            user.sendall(b"hello")
            self.assertEqual(received(user), b"hello")
        missing = self.answer(door, b"CONNECT b.example.com:22 HTTP/1.1\r\nHost: b.example.com:22\r\n\r\n")
        self.assertTrue(missing.startswith(b"HTTP/1.1 404 Not Found\r\n"))
        self.assertEqual(self.answer(door, b"GET / HTTP/1.1\r\nHost: a.example.com\r\n\r\n"), b"")

    def test_early(self) -> None:
        """What is said in one breath with the request reaches the service, where the server is ours."""
        if self.pairing.server == "ours":
            self.assertEqual(self.answer(self.mux(), self.connect("bob:secret") + b"early"), OK + b"early")

    def test_passthrough(self) -> None:
        """With tcpmuxPassthrough the service gets the request."""
        request = self.connect("bob:secret")
        self.assertEqual(self.answer(self.mux("tcpmuxPassthrough = true"), request), request)


globals().update(DoorTests.makeTestCaseClasses(*PAIRINGS, *varied((OURS,), bound="::", host="::1")))
