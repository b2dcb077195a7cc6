"""Two frps that agree in a Redis, with users at one and the client, of either make, at the other."""

from __future__ import annotations

import socket

from frp.test.directories.redis.cases import RedisServer
from frp.test.interop.cases import ProgramsTestsBuilder
from frp.test.interop.loads import MIB
from frp.test.interop.pairings import OUR_SERVER, OURS, varied
from frp.test.interop.programs import PATIENCE, freePort
from frp.test.interop.services import echo, exchange, exchangeOver
from frp.test.interop.test_visitors import published, visiting

HOSTS = ("127.0.0.1", "127.0.0.2")
TREATED = "transport.useEncryption = true\ntransport.useCompression = true\n"


class NodesTests(ProgramsTestsBuilder):
    """Each type of proxy, at both nodes."""

    def setUp(self) -> None:
        super().setUp()
        self.redis = RedisServer()
        self.addCleanup(self.redis.close)
        self.bind, self.http, self.mux, self.links = [freePort() for _ in range(4)]
        for host in HOSTS:
            program = self.start("ours", "frps", self.node(host))
            program.wait("frps started successfully")
        program.wait("the link to node .* is up")

    def node(self, host: str) -> str:
        """@return: the configuration of a node."""
        mux = "" if self.pairing.mux else "transport.tcpMux = false\n"
        return (
            f'bindAddr = "{host}"\nbindPort = {self.bind}\nvhostHTTPPort = {self.http}\n'
            f"tcpmuxHTTPConnectPort = {self.mux}\n{mux}"
            f'[cluster]\nstore = "redis://127.0.0.1:{self.redis.port}"\nnode = "{host}"\nsecret = "we"\n'
            f"bindPort = {self.links}\n"
        )

    def client(self, proxies: str, host: str = HOSTS[0]) -> None:
        """Start a client at one of them, and wait until what it publishes is open at both."""
        tables = proxies.count("[[proxies]]")
        more = f'serverAddr = "{host}"\n'
        text = self.pairing.clientText(self.bind, "", proxies).replace('serverAddr = "127.0.0.1"\n', more)
        self.start(self.pairing.client, "frpc", text).wait("start (proxy|visitor) success", times=proxies.count("[["))
        for program in self.stage.programs[:2]:
            for name in [line.split('"')[1] for line in proxies.splitlines() if line.startswith("name =")][:tables]:
                program.wait(rf"\[{name}\] .*listen")

    def test_ports(self) -> None:
        """A port of TCP, and one of UDP."""
        port = self.service(echo).port
        datagrams = self.stage.datagrams().port
        tcp, udp = freePort(), freePort()
        table = '[[proxies]]\nname = "{}"\ntype = "{}"\nlocalPort = {}\nremotePort = {}\n{}'
        self.client(table.format("t", "tcp", port, tcp, TREATED) + table.format("u", "udp", datagrams, udp, TREATED))
        users = []
        for host in HOSTS:
            sent, back = exchange(tcp, 8 * MIB, host)
            self.assertEqual(sent, back, host)
            user = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.addCleanup(user.close)
            user.settimeout(PATIENCE)
            user.connect((host, udp))
            users.append(user)
        for number in range(20):
            for place, user in enumerate(users):
                said = f"{number} {place}".encode() * 50
                user.send(said)
                self.assertEqual(user.recv(2000), said)

    def test_gateways(self) -> None:
        """Requests of HTTP, and CONNECT."""
        port = self.service(echo).port
        table = '[[proxies]]\nname = "{}"\ntype = "{}"\nlocalPort = {}\ncustomDomains = ["a.example"]\n'
        web = self.service(
            lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        ).port
        mux = 'multiplexer = "httpconnect"\n'
        self.client(table.format("w", "http", web) + table.format("m", "tcpmux", port) + mux)
        for host in HOSTS:
            with socket.create_connection((host, self.http), PATIENCE) as user:
                user.sendall(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
                self.assertTrue(user.recv(1000).startswith(b"HTTP/1.1 200"), host)
            with socket.create_connection((host, self.mux), PATIENCE) as user:
                user.sendall(b"CONNECT a.example:80 HTTP/1.1\r\nHost: a.example:80\r\n\r\n")
                self.assertTrue(user.recv(1000).startswith(b"HTTP/1.1 200"), host)
                sent, back = exchangeOver(user, MIB)
                self.assertEqual(sent, back, host)

    def test_visitors(self) -> None:
        """Visitors of a client at the other node."""
        port = self.service(echo).port
        datagrams = self.stage.datagrams().port
        self.client(published("stcp", "s", port, TREATED) + published("sudp", "d", datagrams, TREATED))
        doors = freePort(), freePort()
        self.client(
            visiting("stcp", "vs", "s", doors[0], TREATED) + visiting("sudp", "vd", "d", doors[1], TREATED), HOSTS[1]
        )
        sent, back = exchange(doors[0], 4 * MIB)
        self.assertEqual(sent, back)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as user:
            user.settimeout(PATIENCE)
            user.connect(("127.0.0.1", doors[1]))
            user.send(b"hello")
            self.assertEqual(user.recv(100), b"hello")


globals().update(
    NodesTests.makeTestCaseClasses(
        OURS, OUR_SERVER, *varied((OURS, OUR_SERVER), mux=False), *varied((OUR_SERVER,), wire="v2")
    )
)
