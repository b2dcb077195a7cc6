"""Clients that come back, and clients that share a port, of ours and of the reference."""

from __future__ import annotations

import contextlib
import socket
import threading

from frp.test.interop.cases import ProgramsTestsBuilder
from frp.test.interop.pairings import OUR_CLIENT, OUR_SERVER, PAIRINGS, proxyText, varied
from frp.test.interop.programs import freePort
from frp.test.interop.services import Service, sayName


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


class TakeoverTests(ProgramsTestsBuilder):
    """A client whose connection died without the server's knowledge."""

    def test_takenOver(self) -> None:
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
        self.assertEqual(self.said(remote), b"mine")


globals().update(TakeoverTests.makeTestCaseClasses(*PAIRINGS, *varied(PAIRINGS, wire="v2")))


class GroupTests(ProgramsTestsBuilder):
    """A client of ours and one of the reference's share a port."""

    def test_shared(self) -> None:
        """Both get users; when one of them is killed, the other gets them all."""
        frps, port = self.frps()
        group = 'loadBalancer.group = "both"\nloadBalancer.groupKey = "key"'
        remote = freePort()
        clients = {}
        for maker in ("ours", "go"):
            service = self.service(sayName(maker.encode()))
            proxy = proxyText(f"of-{maker}", service.port, remote, group)
            clients[maker] = self.frpc(port, "", proxy, client=maker)
        for client in clients.values():
            client.wait("start proxy success")
        self.assertEqual({self.said(remote) for _ in range(30)}, {b"ours", b"go"})
        clients["go"].kill()
        frps.wait("client exit success")
        self.assertEqual({self.said(remote) for _ in range(10)}, {b"ours"})


globals().update(GroupTests.makeTestCaseClasses(OUR_SERVER, OUR_CLIENT))
