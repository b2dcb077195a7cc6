"""Secret services and their visitors: our programs in every place beside the reference's."""

from __future__ import annotations

import socket
import threading

from frp.test.interop.pairings import ProgramsTestCase
from frp.test.interop.programs import MISSING, PATIENCE, freePort
from frp.test.interop.services import ask, echo, sayName
from frp.test.interop.test_udp import udpPort

TREATMENTS = {
    "plain": "",
    "encrypted": "transport.useEncryption = true",
    "compressed": "transport.useCompression = true",
    "both": "transport.useEncryption = true\ntransport.useCompression = true",
}

MIB = 1 << 20


def published(type: str, name: str, port: int, more: str = "") -> str:
    """A secret proxy."""
    return f'[[proxies]]\nname = "{name}"\ntype = "{type}"\nsecretKey = "a secret"\nlocalPort = {port}\n{more}\n'


def visiting(type: str, name: str, whom: str, port: int, more: str = "", key: str = "a secret") -> str:
    """A visitor."""
    return (
        f'[[visitors]]\nname = "{name}"\ntype = "{type}"\nserverName = "{whom}"\nsecretKey = "{key}"\n'
        f"bindPort = {port}\n{more}\n"
    )


class VisitorTests(ProgramsTestCase):
    """
    A mix-in: what every combination of the three programs can do.

    @cvar visitor: who made the visitor's frpc; C{client} made the proxy's.
    @cvar visitorWire: what it speaks.
    """

    visitor = "ours"
    visitorWire = ""

    def datagramEcho(self) -> int:
        """@return: the port of a service that answers with what it hears."""
        service = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        service.bind(("127.0.0.1", 0))
        number = int(service.getsockname()[1])

        def answer() -> None:
            with service:
                while True:
                    data, user = service.recvfrom(65536)
                    if data == b"the end":
                        return
                    service.sendto(data, user)

        answering = threading.Thread(target=answer, daemon=True)
        answering.start()

        def stop() -> None:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"the end", ("127.0.0.1", number))
            answering.join(PATIENCE)

        self.addCleanup(stop)
        return number

    def carried(self, more: str = "", server: str = "", door: int = 0) -> dict[tuple[str, str, str], int]:
        """
        Start everything, with a visitor for each type and each two treatments.

        @param door: the port of frps for both clients, where it is another one than usual.
        @return: their ports.
        """
        local = {"stcp": self.service(echo).port, "sudp": self.datagramEcho()}
        _frps, port = self.frps(server)
        port = door or port
        proxies = [
            published(type, f"{type}-{name}", local[type], treatment)
            for type in local
            for name, treatment in TREATMENTS.items()
        ]
        frpc = self.frpc(port, more, "".join(proxies))
        frpc.wait("start proxy success", times=len(proxies))
        pairs = [("plain", "plain"), ("both", "both"), ("plain", "both"), ("encrypted", "compressed")]
        ports = {(type, here, there): freePort() for type in local for here, there in pairs}
        bound = f'bindAddr = "{self.host}"\n'
        visitors = [
            visiting(type, f"v-{type}-{here}-{there}", f"{type}-{here}", at, bound + TREATMENTS[there])
            for (type, here, there), at in ports.items()
        ]
        visitor = self.frpc(port, more, "".join(visitors), maker=self.visitor, wire=self.visitorWire)
        visitor.wait("start visitor success", times=len(visitors))
        return ports

    def carries(self, more: str = "", server: str = "", door: int = 0) -> None:
        """Bytes and datagrams come back unharmed."""
        for key, port in self.carried(more, server, door).items():
            if key[0] == "stcp":
                sent, back = self.exchange(port, 3 * MIB)
                self.assertEqual(sent, back, key)
                continue
            with socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET, socket.SOCK_DGRAM) as user:
                user.settimeout(PATIENCE)
                user.connect((self.host, port))
                for data in (b"first", b"", bytes(range(250)) * 6):
                    user.send(data)
                    self.assertEqual(user.recv(65536), data, key)

    def test_muxed(self) -> None:
        """In the default configuration."""
        self.carries('auth.token = "a token"', 'auth.token = "a token"')

    def test_alone(self) -> None:
        """Where each stream is a connection of its own, without TLS."""
        self.carries("transport.tcpMux = false\ntransport.tls.enable = false", "transport.tcpMux = false")

    def test_quic(self) -> None:
        """Over QUIC, where two of ours have datagrams beside the streams."""
        door = udpPort()
        self.carries('transport.protocol = "quic"', f"quicBindPort = {door}", door)

    def test_refused(self) -> None:
        """A wrong secret, a wrong user and a wrong name are refused, in the same words."""
        service = self.service(sayName(b"mine"))
        _frps, port = self.frps()
        frpc = self.frpc(port, 'user = "ann"', published("stcp", "secret", service.port))
        frpc.wait("start proxy success")
        at = [freePort() for _ in range(4)]
        mine = visiting("stcp", "good", "secret", at[0]) + visiting("stcp", "bad", "secret", at[1], key="a guess")
        good = self.frpc(port, 'user = "ann"', mine, maker=self.visitor, wire=self.visitorWire)
        good.wait("start visitor success", times=2)
        self.assertEqual(ask(at[0]), b"mine")
        self.assertEqual(ask(at[1]), b"")
        good.wait(r"visitor connection of \[ann\.secret\] auth failed")
        theirs = visiting("stcp", "user", "secret", at[2], 'serverUser = "ann"') + visiting(
            "stcp", "name", "public", at[3], 'serverUser = "ann"'
        )
        bad = self.frpc(port, 'user = "bob"', theirs, maker=self.visitor, wire=self.visitorWire)
        bad.wait("start visitor success", times=2)
        self.assertEqual(ask(at[2]), b"")
        bad.wait(r"visitor connection of \[ann\.secret\] user \[bob\] not allowed")
        self.assertEqual(ask(at[3]), b"")
        bad.wait(r"custom listener for \[ann\.public\] doesn't exist")

    def test_hangsUp(self) -> None:
        """What a service says before it hangs up arrives, all of it."""
        service = self.service(lambda connection: connection.sendall(b"x" * (2 * MIB)))
        _frps, port = self.frps()
        self.frpc(port, "", published("stcp", "secret", service.port)).wait("start proxy success")
        at = freePort()
        visitor = self.frpc(port, "", visiting("stcp", "v", "secret", at), maker=self.visitor, wire=self.visitorWire)
        visitor.wait("start visitor success")
        for _ in range(3):
            self.assertEqual(len(ask(at)), 2 * MIB)

    def test_restartedServer(self) -> None:
        """After kill -9 of the server, the visitor finds the next one."""
        service = self.service(sayName(b"again"))
        frps, port = self.frps()
        frpc = self.frpc(port, "", published("stcp", "secret", service.port))
        frpc.wait("start proxy success")
        at = freePort()
        visitor = self.frpc(port, "", visiting("stcp", "v", "secret", at), maker=self.visitor, wire=self.visitorWire)
        visitor.wait("start visitor success")
        self.assertEqual(ask(at), b"again")
        frps.kill()
        self.frps(port=port)
        frpc.wait("start proxy success", times=2)
        visitor.wait("login to server success", times=2)
        if self.visitor == "go":
            visitor.wait("start visitor success", times=2)  # it has closed its port in between
        self.assertEqual(ask(at), b"again")


class OursTests(VisitorTests):
    """Ours everywhere."""


class OverIPv6Tests(OursTests):
    """The same with clients, visitors and users of IPv6; frps is bound to every address."""

    bound = "::"
    host = "::1"


class OurServerTests(VisitorTests):
    """Our frps between two of the reference's."""

    client = visitor = "go"
    if MISSING:
        skip = MISSING


class OurPublisherTests(VisitorTests):
    """Our frpc publishes."""

    server = visitor = "go"
    if MISSING:
        skip = MISSING


class OurVisitorTests(VisitorTests):
    """Our frpc visits."""

    server = client = "go"
    if MISSING:
        skip = MISSING


class TheirPublisherTests(VisitorTests):
    """The reference's frpc publishes, the rest is ours."""

    client = "go"
    if MISSING:
        skip = MISSING


class TheirPublisherOverIPv6Tests(TheirPublisherTests):
    """The same with the reference's client."""

    bound = "::"
    host = "::1"


class TheirVisitorTests(VisitorTests):
    """The reference's frpc visits, the rest is ours."""

    visitor = "go"
    if MISSING:
        skip = MISSING


class TheirServerTests(VisitorTests):
    """The reference's frps between two of ours."""

    server = "go"
    if MISSING:
        skip = MISSING


class V2Tests(OursTests):
    """Version 2 of the wire everywhere."""

    wire = visitorWire = "v2"


class OurServerV2Tests(OurServerTests):
    """Our frps between two of the reference's that speak version 2."""

    wire = visitorWire = "v2"


class TheirServerV2Tests(TheirServerTests):
    """The reference's frps between two of ours that speak version 2."""

    wire = visitorWire = "v2"


class MixedTests(OursTests):
    """The proxy's client speaks version 2, the visitor's does not."""

    wire, visitorWire = "v2", "v1"


class MixedVisitorTests(OursTests):
    """The visitor's client speaks version 2, the proxy's does not."""

    wire, visitorWire = "v1", "v2"


class OurServerMixedTests(OurServerTests):
    """Our frps between two of the reference's, of which one speaks version 2."""

    wire, visitorWire = "v2", "v1"


class OurServerMixedVisitorTests(OurServerTests):
    """The same with the visitor's."""

    wire, visitorWire = "v1", "v2"


class TheirServerMixedTests(TheirServerTests):
    """The reference's frps between two of ours, of which one speaks version 2."""

    wire, visitorWire = "v2", "v1"


# Only its subclasses are to run.
del VisitorTests
