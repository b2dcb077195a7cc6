"""Datagrams through our programs and the reference's."""

from __future__ import annotations

import random
import socket
import threading

from frp.test.interop.pairings import ProgramsTestCase
from frp.test.interop.programs import MISSING, PATIENCE

TREATMENTS = {
    "plain": "",
    "encrypted": "transport.useEncryption = true",
    "compressed": "transport.useCompression = true",
    "both": "transport.useEncryption = true\ntransport.useCompression = true",
    "limited": 'transport.bandwidthLimit = "64MB"\ntransport.useCompression = true',
    "limitedThere": 'transport.bandwidthLimit = "64MB"\ntransport.bandwidthLimitMode = "server"\n'
    "transport.useEncryption = true",
    "told": 'transport.proxyProtocolVersion = "v2"',
}


def bound(port: int = 0) -> socket.socket:
    """A socket on a port of loopback."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", port))
    return made


def udpPort() -> int:
    """A port that was free just now, and that no socket will get by chance."""
    while True:
        port = random.randint(20000, 29999)
        try:
            with bound(port):
                return port
        except OSError:
            pass


class DatagramTests(ProgramsTestCase):
    """A mix-in: what every pairing of the two programs can do."""

    def echo(self) -> int:
        """@return: the port of a service that answers with what it hears."""
        service = bound()

        def answer() -> None:
            while True:
                data, user = service.recvfrom(65536)
                if data == b"the end":
                    service.close()
                    return
                service.sendto(data, user)

        answering = threading.Thread(target=answer, daemon=True)
        answering.start()
        number = int(service.getsockname()[1])

        def stop() -> None:
            with bound() as last:
                last.sendto(b"the end", ("127.0.0.1", number))
            answering.join(PATIENCE)

        self.addCleanup(stop)
        return number

    def user(self, port: int) -> socket.socket:
        """Somebody."""
        user = socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(user.close)
        user.settimeout(PATIENCE)
        user.connect((self.host, port))
        return user

    def tunnels(self, server: str = "", client: str = "") -> dict[str, int]:
        """@return: the ports of one proxy for each treatment."""
        local = self.echo()
        _frps, port = self.frps(server)
        remote = {name: udpPort() for name in TREATMENTS}
        proxies = "".join(
            f'[[proxies]]\nname = "{name}"\ntype = "udp"\nlocalPort = {local}\nremotePort = {remote[name]}\n{more}\n'
            for name, more in TREATMENTS.items()
        )
        frpc = self.frpc(port, client, proxies)
        for name in TREATMENTS:
            frpc.wait(rf"\[{name}\] start proxy success")
        return remote

    def carries(self, server: str = "", client: str = "") -> None:
        """Datagrams of all sizes come back whole, from the first one on, to the user who sent them."""
        for name, port in self.tunnels(server, client).items():
            for user in (self.user(port), self.user(port)):
                for number, data in enumerate((b"first", b"", bytes(range(250)) * 6)):
                    user.send(data)
                    back = user.recv(65536)
                    if name == "told" and number == 0:
                        size = 16 if ":" in self.host else 4
                        start = 16 + 2 * size
                        self.assertEqual(back[start : start + 2], user.getsockname()[1].to_bytes(2, "big"))
                        back = back[start + 4 :]
                    self.assertEqual(back, data, name)

    def test_muxed(self) -> None:
        """In the default configuration."""
        self.carries()

    def test_alone(self) -> None:
        """Where each stream is a connection of its own, without TLS."""
        self.carries("transport.tcpMux = false", "transport.tcpMux = false\ntransport.tls.enable = false")

    def test_burst(self) -> None:
        """A burst that every queue can hold comes back whole, and in order."""
        port = self.tunnels()["plain"]
        user = self.user(port)
        user.send(b"first")
        user.recv(100)
        sent = [b"%d" % number for number in range(100)]
        for data in sent:
            user.send(data)
        self.assertEqual([user.recv(100) for _ in sent], sent)


class OursTests(DatagramTests):
    """Our frps with our frpc."""


class OurServerTests(DatagramTests):
    """Our frps with the reference's frpc."""

    client = "go"
    if MISSING:
        skip = MISSING


class OurServerOverIPv6Tests(OurServerTests):
    """The same where clients and users come by IPv6; frps is bound to every address."""

    bound = "::"
    host = "::1"


class OurClientTests(DatagramTests):
    """The reference's frps with our frpc."""

    server = "go"
    if MISSING:
        skip = MISSING


class OursV2Tests(OursTests):
    """The same in version 2 of the wire."""

    wire = "v2"


class OurServerV2Tests(OurServerTests):
    """The same for our frps and the reference's frpc."""

    wire = "v2"


class OurClientV2Tests(OurClientTests):
    """The same for the reference's frps and our frpc."""

    wire = "v2"


# Only its subclasses are to run.
del DatagramTests
