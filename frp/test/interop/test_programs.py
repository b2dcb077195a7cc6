"""Our programs with the reference's, and with each other."""

from __future__ import annotations

import contextlib
import socket
import threading

from frp.test.interop.pairings import ProgramsTestCase, proxyText
from frp.test.interop.programs import MISSING, freePort
from frp.test.interop.services import Service, ask, sayName
from frp.test.interop.tunnels import TunnelTests


class OursTests(TunnelTests):
    """Our frps with our frpc."""

    if MISSING:
        skip = "without the reference's programs, the live tests are enough"


class OurServerTests(TunnelTests):
    """Our frps with the reference's frpc."""

    client = "go"
    if MISSING:
        skip = MISSING


class OurClientTests(TunnelTests):
    """The reference's frps with our frpc."""

    server = "go"
    if MISSING:
        skip = MISSING


class OurServerOverIPv6Tests(OurServerTests):
    """The same where clients and users come by IPv6; frps is bound to every address."""

    bound = "::"
    host = "::1"


class OurClientOverIPv6Tests(OurClientTests):
    """The same for our frpc."""

    bound = "::"
    host = "::1"


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
del TunnelTests


class _Relay:
    """Passes connections on to a port; can let clients go while the server still believes in them."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._clients: list[socket.socket] = []
        self._servers: list[socket.socket] = []
        self._service = Service(self._serve)
        self.port = self._service.port

    def _serve(self, client: socket.socket) -> None:
        client.settimeout(None)
        server = socket.create_connection(("127.0.0.1", self._to))
        self._clients.append(client)
        self._servers.append(server)
        threading.Thread(target=self._pump, args=(server, client), daemon=True).start()
        self._pump(client, server)

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                sink.sendall(data)

    def cut(self) -> None:
        """The clients lose their connections; the server hears nothing."""
        for client in self._clients:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """The end."""
        self._service.close()
        self.cut()
        for one in self._servers:
            one.close()


class TakeoverTests(ProgramsTestCase):
    """A client whose connection died without the server's knowledge."""

    def takenOver(self) -> None:
        """It comes back with its run id at once, and has the same port again."""
        service = self.service(sayName(b"mine"))
        remote = freePort()
        frps, port = self.frps()
        relay = _Relay(port)
        self.addCleanup(relay.close)
        frpc = self.frpc(relay.port, "", proxyText("port", service.port, remote))
        frpc.wait("start proxy success")
        runId = frpc.wait(r"get run id \[(\w+)\]")[1]
        relay.cut()
        self.assertEqual(frpc.wait(r"get run id \[(\w+)\]", times=2)[1], runId)
        frpc.wait("start proxy success", times=2)
        frps.wait("client exit success|replaced by client")
        self.assertEqual(ask(remote), b"mine")

    def test_ours(self) -> None:
        """Our server, our client."""
        self.takenOver()

    def test_ourServer(self) -> None:
        """Our server, the reference's client."""
        self.client = "go"
        self.takenOver()

    def test_ourClient(self) -> None:
        """The reference's server, our client."""
        self.server = "go"
        self.takenOver()

    if MISSING:
        test_ourServer.skip = MISSING  # type: ignore[attr-defined] # where trial looks for it
        test_ourClient.skip = MISSING  # type: ignore[attr-defined]


class TakeoverV2Tests(TakeoverTests):
    """The same in version 2 of the wire."""

    wire = "v2"


class GroupTests(ProgramsTestCase):
    """A client of ours and one of the reference's share a port."""

    if MISSING:
        skip = MISSING

    def shared(self) -> None:
        """Both get users; when one of them is killed, the other gets them all."""
        frps, port = self.frps()
        group = 'loadBalancer.group = "both"\nloadBalancer.groupKey = "key"'
        remote = freePort()
        clients = {}
        for maker in ("ours", "go"):
            service = self.service(sayName(maker.encode()))
            proxy = proxyText(f"of-{maker}", service.port, remote, group)
            clients[maker] = self.frpc(port, "", proxy, maker=maker)
        for client in clients.values():
            client.wait("start proxy success")
        self.assertEqual({ask(remote) for _ in range(30)}, {b"ours", b"go"})
        clients["go"].kill()
        frps.wait("client exit success")
        self.assertEqual({ask(remote) for _ in range(10)}, {b"ours"})

    def test_ourServer(self) -> None:
        """On our server."""
        self.shared()

    def test_theirServer(self) -> None:
        """On the reference's server."""
        self.server = "go"
        self.shared()
