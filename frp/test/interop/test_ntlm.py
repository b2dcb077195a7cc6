"""frpc behind a proxy that wants NTLM: ours, and the reference's at the same proxy."""

from __future__ import annotations

import contextlib
import socket
import threading

from frp.test.interop.cases import ProgramsTestsBuilder
from frp.test.interop.loads import MIB
from frp.test.interop.pairings import OUR_SERVER, OURS, proxyText
from frp.test.interop.programs import PATIENCE, freePort
from frp.test.interop.services import echo
from frp.test.transports.ntlmguard import URL_USER, NTLMGuard


def _pump(source: socket.socket, sink: socket.socket) -> None:
    """Until one side has ended; then both have."""
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            sink.sendall(data)
    for each in (source, sink):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


class _Proxy:
    """
    What serves one connection of a proxy, with threads.

    @ivar guards: who has watched each connection.
    """

    def __init__(self) -> None:
        self.guards: list[NTLMGuard] = []

    def __call__(self, near: socket.socket) -> None:
        guard = NTLMGuard()
        self.guards.append(guard)
        while True:
            head = self._head(near)
            answer = guard(head)
            if not answer:
                break
            near.sendall(answer)
        host, _, port = head.split()[1].decode().rpartition(":")
        with socket.create_connection((host, int(port)), PATIENCE) as far:
            near.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            threading.Thread(target=_pump, args=(far, near), daemon=True).start()
            _pump(near, far)

    def _head(self, near: socket.socket) -> bytes:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            piece = near.recv(1)
            if not piece:
                raise ConnectionError("it hung up")
            head += piece
        return head


class NTLMTests(ProgramsTestsBuilder):
    """Any frpc."""

    def test_through(self) -> None:
        """Bytes pass unharmed; the proxy has seen two messages, the second of which is the right proof."""
        for protocol in ("tcp", "websocket", "wss"):
            proxy = _Proxy()
            gate, behind = self.service(proxy), self.service(echo)
            _, port = self.frps()
            remote = freePort()
            url = f'transport.proxyURL = "ntlm://{URL_USER}@127.0.0.1:{gate.port}"\n'
            frpc = self.frpc(port, url, proxyText("p", behind.port, remote), transport=protocol)
            frpc.wait("start proxy success")
            self.exchange(remote, 3 * MIB)
            self.assertEqual([[said[8] for said in guard.said] for guard in proxy.guards], [[1, 3]])

    def test_wrong(self) -> None:
        """A wrong password ends frpc, in the same words."""
        gate = self.service(_Proxy())
        _, port = self.frps()
        url = f'transport.proxyURL = "ntlm://{URL_USER}!@127.0.0.1:{gate.port}"\n'
        frpc = self.frpc(port, f"{url}loginFailExit = true")
        frpc.wait(r"DialTcpByNTLMHttpProxy error, StatusCode \[407\]")
        self.assertEqual(frpc.process.wait(PATIENCE), 1)


globals().update(NTLMTests.makeTestCaseClasses(OURS, OUR_SERVER))
