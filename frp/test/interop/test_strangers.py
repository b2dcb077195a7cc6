"""
Who is not frp, or is misled, and comes to our frps; and what our frpc may find where frps should be.

Each of them leaves one line in the log, which says what it looks like; and nobody else notices.
"""

from __future__ import annotations

import struct

from twisted.internet.defer import Deferred

from frp.errors import AuthError
from frp.server.arrivals import MAX_GREETINGS, MAX_KEPT, MAX_REFUSALS
from frp.testing.cases import NetworkTestCase
from frp.testing.misbehaving import MisbehavingToken
from frp.testing.network import User
from frp.wire.frames import encode
from frp.wire.messages import Login, NewWorkConn, Ping, ReqWorkConn
from frp.wire.sniff import V2_MAGIC, WANTS_TLS
from frp.wire.v2 import frames as v2
from frp.wire.v2.dialect import V2
from frp.wire.yamux import Flag, Type, header


def inStream(data: bytes, stream: int = 1) -> bytes:
    """A stream, opened with these bytes."""
    return header(Type.WINDOW_UPDATE, Flag.SYN, stream, 0) + header(Type.DATA, 0, stream, len(data)) + data


def announced(length: int, body: bytes = b"") -> bytes:
    """A login that claims to be so long."""
    return Login.v1Type + struct.pack(">q", length) + body


YAMUX = "this looks like yamux: transport.tcpMux is on at the other side and off here"
PLAIN = "this looks like frp without yamux: transport.tcpMux is off at the other side and on here"

#: What is said, and a part of the line that the log has for it, where sessions are multiplexed.
MUXED = {
    b"GET / HTTP/1.1\r\n\r\n": "this looks like an HTTP client",
    b"SSH-2.0-OpenSSH_9.6\r\n": "this looks like SSH",
    b"SSH-2.0\r\n": "this looks like SSH",
    b"\x17" + bytes(30): "first record does not look like a TLS handshake",
    b"\x16\x03\x01\x02\x00" + b"a" * 512: "tls: the peer broke the protocol",
    encode(Login()): PLAIN,
    V2.opening(opener=True).first(Login()): PLAIN,
    bytes(range(200, 250)): "this is not frp; it begins with b'\\xc8",
    inStream(b"GET / HTTP/1.1\r\n\r\n"): "this looks like an HTTP client",
    inStream(announced(1 << 40)): "message length exceed the limit",
    inStream(announced(5, b"abcde")): "the peer sent an invalid message: Login: not JSON",
    inStream(encode(Ping())): "it began with Ping",
    inStream(encode(NewWorkConn(run_id="nobody"))): "no client control found for run id [nobody]",
    inStream(encode(Login(privilege_key="wrong"))): "token in login doesn't match token from configuration",
    inStream(V2_MAGIC + bytes(20)): "unexpected frame type 0, want 16",
    inStream(V2_MAGIC + v2.frame(v2.CLIENT_HELLO, b"{")): "the peer sent an invalid message: ClientHello: not JSON",
    inStream(V2_MAGIC + v2.frame(v2.CLIENT_HELLO, b"{}")): "the client's hello is refused: unsupported message codec",
    inStream(V2_MAGIC + v2.encode(Login())): "missing v2 crypto negotiation",
    inStream(V2.opening(opener=True).first(Login(privilege_key="wrong"))): "token in login doesn't match token",
    inStream(b"", 2): "the peer opened stream 2, which it may not",
    header(Type.WINDOW_UPDATE, Flag.SYN, 1, 0) + header(Type.DATA, 0, 1, 1 << 30): "where 262144 are allowed",
    header(Type.GO_AWAY, 0, 0, 1): "the peer ended the session for a protocol error",
}

#: The same where every connection stands alone.
ALONE = {
    b"GET / HTTP/1.1\r\n\r\n": "this looks like an HTTP client",
    b"SSH-2.0-OpenSSH_9.6\r\n": "this looks like SSH",
    inStream(encode(Login())): YAMUX,
    announced(-1): "message length error",
    announced(1 << 62): "message length exceed the limit",
    encode(Login(hostname="x" * 50))[:30]: "a part of it came",
    encode(NewWorkConn(run_id="nobody")): "no client control found for run id [nobody]",
    V2_MAGIC[:5]: "a part of it came",
    V2_MAGIC + v2.encode(Login(hostname="x" * 50))[:30]: "a part of it came",
    V2_MAGIC + b"\0\1\0\0\xff\xff\xff\xff": "frame payload length 4294967295 exceeds limit 65536",
    V2_MAGIC + v2.encode(NewWorkConn(run_id="nobody")): "no client control found for run id [nobody]",
}


class ServerTests(NetworkTestCase):
    """Strangers at our frps."""

    def strangers(self, tcpMux: bool, table: dict[bytes, str]) -> None:
        """One after the other they come and go, while a user is served."""
        network = self.network
        network.server(transport={"tcpMux": tcpMux})
        proxy = {"name": "a", "type": "tcp", "localPort": network.echo().port, "remotePort": 6000}
        network.client(proxies=[proxy], transport={"tcpMux": tcpMux})
        user = network.user(6000)
        for first, words in table.items():
            before = len(self.log)
            stranger = network.user(network.bindPort)
            stranger.send(first)
            network.settle()
            if stranger.lost is None:
                stranger.close()
                network.settle()
            lines = [line for line in self.log[before:] if "[I]" in line or "[W]" in line]
            lines = [line for line in lines if "client login info" not in line]
            self.assertEqual([words in line for line in lines], [True], (words, lines))
            self.assertNotIn("Traceback", "".join(lines))
            user.send(b"x")
            network.settle()
        self.assertEqual(user.received, b"x" * len(table))

    def test_muxed(self) -> None:
        """At a server that multiplexes."""
        self.strangers(True, MUXED)

    def test_alone(self) -> None:
        """At a server that does not."""
        self.strangers(False, ALONE)

    def test_plainWhereTLSIsForced(self) -> None:
        """A client without TLS is told that it is wanted."""
        network = self.network
        network.server(transport={"tls": {"force": True}})
        stranger = network.user(network.bindPort)
        stranger.send(inStream(encode(Login())))
        network.settle()
        self.assertEqual(stranger.received, WANTS_TLS)
        self.assertTrue(stranger.closed)
        self.assertEqual(self.logged("non-TLS connection received on a TlsOnly server: 127.0.0.1:"), 1)

    def test_slow(self) -> None:
        """Who says too little is sent away: on a port, in a stream, and in a session that only answers pings."""
        network = self.network
        network.server(transport={"tcpMuxKeepaliveInterval": 7})
        silent = network.user(network.bindPort)
        slow = network.user(network.bindPort)
        slow.send(inStream(encode(Login(hostname="x" * 50))[:30]))
        alive = network.dial(network.bindPort, User(_pong))
        alive.send(header(Type.WINDOW_UPDATE, Flag.SYN, 1, 0) + header(Type.WINDOW_UPDATE, Flag.RST, 1, 0))
        network.settle()
        network.advance(11)
        self.assertTrue(silent.closed)
        self.assertEqual(self.logged("no first message within 10 s; a part of it came"), 1)
        self.assertFalse(alive.closed)
        network.advance(20)
        self.assertTrue(alive.closed)
        self.assertEqual(self.logged("no client logged in on it within 30 s"), 1)

    def test_withoutEnd(self) -> None:
        """Who opens stream after stream, proves nothing and ends none is sent away; his lines in the log are few."""
        network = self.network
        network.server()
        firsts = (encode(NewWorkConn(run_id="nobody")), encode(Ping()), encode(Login(privilege_key="x")), b"junk")
        for first in firsts:
            before = len(self.log)
            stranger = network.user(network.bindPort)
            for number in range(1, 2001, 2):
                stranger.send(inStream(first, number))
            network.settle()
            self.assertTrue(stranger.closed)
            lines = self.log[before:]
            self.assertLess(len(lines), 2 * MAX_REFUSALS + 2)
            self.assertEqual(
                sum("20 of its streams were refused, and none was a client's" in line for line in lines), 1
            )

    def test_large(self) -> None:
        """A session that proves nothing has us keep four long messages, until they are judged."""
        network, kind = self.network, MisbehavingToken()
        checks: list[Deferred[None]] = [Deferred(), Deferred()]
        waiting = iter(checks)
        kind.serverVerify = lambda message: next(waiting)
        network.registry = kind.registry
        network.server()
        stranger = network.user(network.bindPort)
        part = V2_MAGIC + v2.frame(v2.CLIENT_HELLO, bytes(v2.PAYLOAD))[: MAX_KEPT // 4 - len(V2_MAGIC)]
        whole = encode(Login(hostname="x" * 10_000))
        for number in range(1, 7, 2):
            stranger.send(inStream(part, number))
        stranger.send(inStream(whole, 7) + inStream(whole, 9))
        network.settle()
        self.assertEqual(self.logged("a connection from"), 0)
        stranger.send(inStream(part, 11))
        network.settle()
        self.assertEqual(self.logged("bytes of first messages, and none of them was a client's"), 1)
        for check in checks:
            check.errback(AuthError("no"))
        stranger.send(inStream(part, 13))
        network.settle()
        self.assertEqual(self.logged("bytes of first messages, and none of them was a client's"), 1)
        network.advance(11)
        self.assertEqual(self.logged("no first message within 10 s"), 4)

    def test_messagesAreNoProof(self) -> None:
        """A session whose messages prove nothing lives no longer than a silent one."""
        network = self.network
        network.server(transport={"tcpMuxKeepaliveInterval": 7})
        alive = network.dial(network.bindPort, User(_pong))
        alive.send(inStream(encode(NewWorkConn(run_id="nobody"))))
        network.settle()
        network.advance(31)
        self.assertTrue(alive.closed)

    def test_slowProof(self) -> None:
        """A proof that takes some seconds to check is waited for; its streams count as unproven until then."""
        network, kind = self.network, MisbehavingToken()
        checks: list[Deferred[None]] = []

        def verify(message: object) -> Deferred[None]:
            checks.append(Deferred())
            return checks[-1]

        kind.serverVerify = verify
        network.registry = kind.registry
        network.server(transport={"tcpMuxKeepaliveInterval": 7})
        first, second = (network.dial(network.bindPort, User(_pong)) for _ in range(2))
        first.send(b"".join(inStream(encode(Login()), number) for number in range(1, 2 * MAX_GREETINGS + 21, 2)))
        second.send(inStream(encode(Login())))
        network.settle()
        self.assertEqual(len(checks), MAX_GREETINGS + 1)
        network.advance(7)
        self.assertFalse(second.closed)
        for check in checks:
            check.errback(AuthError("no"))
        network.advance(31)
        self.assertTrue(first.closed and second.closed)

    def test_refusedAfterLogin(self) -> None:
        """A client whose pool is full is refused as many streams as it brings, and stays."""
        network = self.network
        network.server()
        proxy = {"name": "a", "type": "tcp", "localPort": network.echo().port, "remotePort": 6000}
        client = network.client(proxies=[proxy])
        assert client.session is not None
        for _ in range(3 * MAX_REFUSALS):
            client.session.messages.handle(ReqWorkConn())
        network.settle()
        self.assertGreater(self.logged("work connection pool is full"), MAX_REFUSALS)
        user = network.user(6000)
        user.send(b"x")
        network.settle()
        self.assertEqual(user.received, b"x")


def _pong(user: User, data: bytes) -> None:
    """Answer pings, and nothing else; they come alone here."""
    for at in range(0, len(data), 12):
        if data[at + 1] == Type.PING and data[at + 3] == Flag.SYN:
            user.send(data[at : at + 2] + b"\0\x02" + data[at + 4 : at + 12])


class ClientTests(NetworkTestCase):
    """What our frpc finds where frps should be."""

    def meets(self, answer: bytes, *, tcpMux: bool = True, tls: bool = False) -> str:
        """
        Somebody answers so and hangs up.

        @return: the line that our frpc has for it; there is just one.
        """
        network = self.network

        def reply(user: User, data: bytes) -> None:
            user.send(answer)
            user.close()

        network.service(reply, network.bindPort)
        network.client(transport={"tcpMux": tcpMux, "tls": {"enable": tls}})
        lines = [line for line in self.log if "[W]" in line]
        self.assertEqual(len(lines), 1, lines)
        return lines[0]

    def test_http(self) -> None:
        """A web server."""
        self.assertIn("an HTTP server: check the address and the port", self.meets(b"HTTP/1.1 400 Bad Request\r\n\r\n"))

    def test_httpForTLS(self) -> None:
        """A web server, where TLS was due."""
        self.assertIn("answers in plain HTTP", self.meets(b"HTTP/1.1 400 Bad Request\r\n\r\n", tls=True))

    def test_ssh(self) -> None:
        """An SSH server, with and without multiplexing."""
        self.assertIn("this looks like SSH", self.meets(b"SSH-2.0-OpenSSH_9.6\r\n"))

    def test_sshAlone(self) -> None:
        """An SSH server, without multiplexing."""
        self.assertIn("this looks like SSH", self.meets(b"SSH-2.0-OpenSSH_9.6\r\n", tcpMux=False))

    def test_sshForTLS(self) -> None:
        """An SSH server, where TLS was due."""
        self.assertIn("SSH server", self.meets(b"SSH-2.0-OpenSSH_9.6\r\n", tls=True))

    def test_hangsUp(self) -> None:
        """Somebody who says nothing: most often a server whose tcpMux is off."""
        line = self.meets(b"")
        self.assertIn("the server did not answer the login", line)
        self.assertIn("transport.tcpMux or transport.protocol may be another one there", line)

    def test_hangsUpAlone(self) -> None:
        """The same, without multiplexing."""
        self.assertIn("transport.tcpMux or transport.protocol may be another one", self.meets(b"", tcpMux=False))

    def test_multiplexing(self) -> None:
        """A server whose tcpMux is on, where ours is off."""
        self.assertIn(YAMUX, self.meets(header(Type.GO_AWAY, 0, 0, 1), tcpMux=False))

    def test_wantsTLS(self) -> None:
        """A server that wants TLS."""
        self.assertIn("the other side wants TLS (transport.tls.enable)", self.meets(WANTS_TLS))

    def test_echo(self) -> None:
        """Something that sends back what it hears is not taken for a server."""
        network = self.network
        network.echo(network.bindPort)
        network.client(transport={"tcpMux": False})
        self.assertEqual(self.logged("the server answers the login without a run id"), 1)
        self.assertEqual(self.logged("login to server success"), 0)

    def test_garbageAfterLogin(self) -> None:
        """A server that breaks the protocol in mid-session: one line, and the client tries again."""
        network = self.network
        network.server()
        client = network.client()
        link = network.carrier(client)
        link.server.write(b"garbage for all")
        network.settle()
        self.assertEqual(
            self.logged("the session has ended: the control connection was lost: the peer sent version 103"), 1
        )
        network.advance(30)
        self.assertEqual(self.logged("login to server success"), 2)
