"""http proxies: our programs with the reference's, and with each other."""

from __future__ import annotations

import http.client
import socket
from base64 import b64encode

from frp.test.interop.cases import ProgramsTestsBuilder
from frp.test.interop.pairings import OUR_CLIENT, OUR_SERVER, OURS, PAIRINGS, doorText, varied
from frp.test.interop.programs import PATIENCE, freePort
from frp.test.interop.services import Answer, answering, received, requests

UPGRADE = b"GET /ws HTTP/1.1\r\nHost: a.example.com\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"
UPGRADED = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"


def reflect(connection: socket.socket) -> None:
    """Answer each request with its head and the length of its body."""
    for head, body in requests(connection):
        answer = b"".join(head) + b"%d" % len(body)
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Own: service\r\nContent-Length: %d\r\n\r\n" % len(answer) + answer)


def silent(connection: socket.socket) -> None:
    """Listen, and say nothing."""
    while connection.recv(1000):
        pass


def upgrade(connection: socket.socket) -> None:
    """Change the protocol, then echo."""
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        data += connection.recv(1)
    connection.sendall(UPGRADED)
    while data := connection.recv(1000):
        connection.sendall(data)


class HTTPTests(ProgramsTestsBuilder):
    """
    What every pairing of the two programs can do.

    @cvar more: what the table of every proxy says besides.
    """

    more = ""

    def publish(self, *proxies: tuple[str, Answer, str], server: str = "") -> int:
        """@return: the door to some sites: each has a name, a service, and what its table says besides."""
        door = freePort()
        _frps, port = self.frps(f"vhostHTTPPort = {door}\n{server}")
        texts = [
            doorText("http", name, self.service(answer).port, [f"{name}.example.com"], f"{more}\n{self.more}")
            for name, answer, more in proxies
        ]
        self.frpc(port, "", "".join(texts)).wait("start proxy success", times=len(proxies))
        return door

    def ask(self, user: http.client.HTTPConnection, path: str, body: bytes | None = None, **fields: str) -> list[str]:
        """@return: the lines that the service has seen."""
        user.request("GET" if body is None else "POST", path, body, {"Host": "A.example.com", **fields})
        response = user.getresponse()
        self.assertEqual((response.status, response.getheader("X-Own")), (200, "site"))
        return response.read().decode().splitlines()

    def test_requests(self) -> None:
        """A service sees the same, whoever passes a request on; the user's connection stays."""
        more = 'requestHeaders.set.x-new = "1"\nresponseHeaders.set.x-own = "site"\nhostHeaderRewrite = "inner"'
        door = self.publish(("a", reflect, f"{more}\ntransport.useEncryption = true"))
        user = http.client.HTTPConnection(self.pairing.host, door, timeout=PATIENCE)
        self.addCleanup(user.close)
        for path, body in (("/x?a=1;b=2&c=3", None), ("/y", bytes(100_000)), ("/z", b"")):
            lines = self.ask(user, path, body, **{"X-Forwarded-For": "10.1.1.1", "Forwarded": "x", "TE": "trailers"})
            wanted = "/x?c=3" if body is None else path
            self.assertEqual(lines[0], f"{'GET' if body is None else 'POST'} {wanted} HTTP/1.1")
            fields = {line.partition(": ")[0].lower(): line.partition(": ")[2] for line in lines[1:-1]}
            length = {} if body is None else {"content-length": str(len(body))}
            self.assertEqual(
                fields,
                {
                    "host": "inner",
                    "accept-encoding": "identity",
                    "x-forwarded-for": f"10.1.1.1, {self.pairing.host}",
                    "x-forwarded-host": "A.example.com",
                    "x-forwarded-proto": "http",
                    "x-new": "1",
                    "te": "trailers",
                    **length,
                },
            )
            self.assertEqual(lines[-1], str(len(body or b"")))

    def test_statuses(self) -> None:
        """The reference's statuses for what is missing."""
        door = self.publish(
            ("a", reflect, 'httpUser = "ann"\nhttpPassword = "secret"\nresponseHeaders.set.x-own = "site"'),
            ("b", lambda connection: connection.close(), ""),
            ("c", silent, ""),
            server="vhostHTTPTimeout = 1",
        )
        proof = {"Authorization": f"Basic {b64encode(b'ann:secret').decode()}"}
        for host, fields, status in (
            ("a", proof, 200),
            ("a", {}, 401),
            ("b", {}, 404),
            ("c", {}, 504),
            ("d", {}, 404),
        ):
            user = http.client.HTTPConnection(self.pairing.host, door, timeout=PATIENCE)
            user.request("GET", "/", headers={"Host": f"{host}.example.com", **fields})
            self.assertEqual(user.getresponse().status, status, host)
            user.close()

    def test_upgrade(self) -> None:
        """Another protocol passes, encrypted and compressed on its way."""
        door = self.publish(("a", upgrade, "transport.useEncryption = true\ntransport.useCompression = true"))
        with self.dial(door) as user:
            user.sendall(UPGRADE)
            reading = user.makefile("rb")
            head = []
            while (line := reading.readline()) not in (b"\r\n", b""):
                head.append(line)
            self.assertEqual(head[0], b"HTTP/1.1 101 Switching Protocols\r\n")
            for size in (5, 100_000):
                user.sendall(bytes(size))
                self.assertEqual(reading.read(size), bytes(size))

    def test_connect(self) -> None:
        """CONNECT comes to the service as it is."""

        def answer(connection: socket.socket) -> None:
            data = b""
            while not data.endswith(b"\r\n\r\n"):
                data += connection.recv(1)
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + data.split(b"\r\n")[0])

        door = self.publish(("a", answer, ""))
        with self.dial(door) as user:
            user.sendall(b"CONNECT a.example.com:443 HTTP/1.1\r\nHost: a.example.com:443\r\n\r\n")
            self.assertEqual(received(user), b"HTTP/1.1 200 OK\r\n\r\nCONNECT a.example.com:443 HTTP/1.1")

    def test_groups(self) -> None:
        """Requests come to the members in turn, also on one connection."""
        balanced = 'loadBalancer.group = "g"\nloadBalancer.groupKey = "k"'
        door = freePort()
        _frps, port = self.frps(f"vhostHTTPPort = {door}")
        texts = []
        for name in ("one", "two"):

            def say(path: bytes, body: bytes, name: str = name) -> bytes:
                return name.encode()

            service = self.service(answering(say))
            texts.append(doorText("http", name, service.port, ["g.example.com"], balanced))
        self.frpc(port, "", "".join(texts)).wait("start proxy success", times=2)
        user = http.client.HTTPConnection(self.pairing.host, door, timeout=PATIENCE)
        self.addCleanup(user.close)
        answers = []
        for _ in range(4):
            user.request("GET", "/", headers={"Host": "g.example.com"})
            answers.append(user.getresponse().read())
        self.assertEqual(sorted(answers), [b"one"] * 2 + [b"two"] * 2)
        self.assertNotEqual(answers[0], answers[1])


class InspectedHTTPTests(HTTPTests):
    """Users do not notice that somebody looks."""

    more = "inspect = {}"


globals().update(
    HTTPTests.makeTestCaseClasses(
        *PAIRINGS,
        *varied((OUR_SERVER, OUR_CLIENT), wire="v2"),
        # frps is bound to every address; clients and users come by IPv6.
        *varied((OURS,), bound="::", host="::1"),
    )
)
globals().update(InspectedHTTPTests.makeTestCaseClasses(OUR_CLIENT, OURS))
