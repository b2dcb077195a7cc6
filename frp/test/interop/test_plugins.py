"""Client plugins through our programs and the reference's."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import tempfile
from base64 import b64encode
from pathlib import Path
from typing import Any

from frp.test.interop.cases import ProgramsTestsBuilder
from frp.test.interop.pairings import OURS, PAIRINGS, varied
from frp.test.interop.programs import PATIENCE, freePort
from frp.test.interop.services import Service, echo
from frp.wire.socks5.client import SOCKS5Connect

DATA = bytes(range(250)) * 8000


def said(connection: socket.socket) -> None:
    """A web server that answers each request with its head."""
    kept = b""
    while data := connection.recv(1 << 16):
        kept += data
        while b"\r\n\r\n" in kept:
            head, _, kept = kept.partition(b"\r\n\r\n")
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(head), head))


def whole(connection: socket.socket, size: int) -> bytes:
    """@return: so many bytes."""
    got = b""
    while len(got) < size and (data := connection.recv(1 << 16)):
        got += data
    return got


class PluginTests(ProgramsTestsBuilder):
    """What every pairing of the two programs can do."""

    def setUp(self) -> None:
        super().setUp()
        folder = tempfile.TemporaryDirectory(prefix="frp-plugins-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.files = self.stage.authority.fields("example", ["example.test"])
        self.pair = f'plugin.crtPath = "{self.files.certFile}"\nplugin.keyPath = "{self.files.keyFile}"\n'

    def tunnel(self, plugin: str, more: str = "") -> int:
        """@return: the port of frps at which this plugin answers."""
        _frps, port = self.frps()
        remote = freePort()
        text = f'[[proxies]]\nname = "p"\ntype = "tcp"\nremotePort = {remote}\n{more}\n{plugin}\n'
        self.frpc(port, "", text).wait(r"\[p\] start proxy success")
        return remote

    def user(self, port: int, *, name: str = "") -> socket.socket:
        """Somebody; with a name, over TLS."""
        user = self.dial(port)
        if name:
            user = self.trusting().wrap_socket(user, server_hostname=name)
        self.addCleanup(user.close)
        return user

    def trusting(self) -> ssl.SSLContext:
        """Trusts the authority."""
        return ssl.create_default_context(cafile=self.stage.authority.caFile)

    def secured(self) -> Service:
        """A web server that speaks TLS."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.files.certFile, self.files.keyFile)

        def answer(connection: socket.socket) -> None:
            with context.wrap_socket(connection, server_side=True) as inner:
                said(inner)

        return self.service(answer)

    def echoes(self, user: socket.socket) -> None:
        """What this user says comes back, all of it."""
        user.sendall(b"hello")
        self.assertEqual(whole(user, 5), b"hello")
        user.sendall(DATA[:60000])
        self.assertEqual(whole(user, 60000), DATA[:60000])

    def get(self, port: int, path: str, *, secure: bool = False, method: str = "GET", **fields: str) -> Any:
        """@return: status, fields and body."""
        user = self.user(port, name="example.test" if secure else "")
        connection = http.client.HTTPConnection("example.test", port)
        connection.sock = user
        connection.request(method, path, headers={k.replace("_", "-"): v for k, v in fields.items()})
        response = connection.getresponse()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()

    def test_unix(self) -> None:
        """A Unix socket, which is told who the user is."""
        path = str(self.folder / "s.sock")
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(path)
        listening.listen()
        self.addCleanup(listening.close)
        listening.settimeout(PATIENCE)
        port = self.tunnel(
            f'plugin.type = "unix_domain_socket"\nplugin.unixPath = "{path}"', 'transport.proxyProtocolVersion = "v1"'
        )
        user = self.user(port)
        user.sendall(b"hello")
        served, _ = listening.accept()
        self.addCleanup(served.close)
        family = "TCP6" if ":" in self.pairing.host else "TCP4"
        head = (
            f"PROXY {family} {self.pairing.host} {self.pairing.host} {user.getsockname()[1]} {port}\r\nhello".encode()
        )
        self.assertEqual(whole(served, len(head)), head)
        served.sendall(b"there")
        self.assertEqual(whole(user, 5), b"there")

    def test_tls2raw(self) -> None:
        """TLS ends in the plugin."""
        service = self.service(echo)
        port = self.tunnel(f'plugin.type = "tls2raw"\nplugin.localAddr = "127.0.0.1:{service.port}"\n{self.pair}')
        self.echoes(self.user(port, name="example.test"))

    def test_socks5(self) -> None:
        """A stream through SOCKS5, with a password."""
        service = self.service(echo)
        port = self.tunnel('plugin.type = "socks5"\nplugin.username = "u"\nplugin.password = "p"')
        for credentials, done in (((b"u", b"p"), True), ((b"u", b"x"), False)):
            user = self.user(port)
            asking = SOCKS5Connect("127.0.0.1", service.port, credentials)
            user.sendall(asking.begin())
            while not asking.done and not asking.refusal:
                user.sendall(asking.receive(user.recv(100)))
            self.assertEqual(asking.done, done)
            if done:
                self.echoes(user)

    def test_httpProxy(self) -> None:
        """CONNECT and whole URLs through an HTTP proxy, with a password."""
        web, service = self.service(said), self.service(echo)
        port = self.tunnel('plugin.type = "http_proxy"\nplugin.httpUser = "u"\nplugin.httpPassword = "p"')
        proof = "Basic " + b64encode(b"u:p").decode()
        user = self.user(port)
        target = f"127.0.0.1:{service.port}"
        user.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nProxy-Authorization: {proof}\r\n\r\n".encode())
        self.assertEqual(whole(user, 19), b"HTTP/1.1 200 OK\r\n\r\n")
        self.echoes(user)
        url = f"http://127.0.0.1:{web.port}/a"
        status, _, body = self.get(port, url, Proxy_Authorization=proof)
        self.assertEqual((status, body.splitlines()[:2]), (200, [b"GET /a HTTP/1.1", b"Host: 127.0.0.1:%d" % web.port]))
        status, fields, _ = self.get(port, url)
        self.assertEqual((status, fields["proxy-authenticate"]), (407, "Basic"))
        refused = self.user(port)
        refused.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
        head = whole(refused, 1 << 16)
        self.assertTrue(head.startswith(b"HTTP/1.1 407 Not authorized\r\n"))

    def test_files(self) -> None:
        """Files, their pieces, and a listing."""
        (self.folder / "big.bin").write_bytes(DATA)
        os.utime(self.folder / "big.bin", (1_600_000_000, 1_600_000_000))
        (self.folder / "sub").mkdir()
        port = self.tunnel(f'plugin.type = "static_file"\nplugin.localPath = "{self.folder}"\nplugin.stripPrefix = "s"')
        self.assertEqual(self.get(port, "/s/big.bin")[2], DATA)
        status, fields, body = self.get(port, "/s/big.bin", Range="bytes=5-9")
        self.assertEqual((status, body, fields["content-range"]), (206, DATA[5:10], f"bytes 5-9/{len(DATA)}"))
        since = "Sun, 13 Sep 2020 12:26:40 GMT"
        self.assertEqual(self.get(port, "/s/big.bin", If_Modified_Since=since)[0], 304)
        listing = self.get(port, "/s/")[2].decode()
        self.assertEqual(
            listing.splitlines()[-4:],
            ["<pre>", '<a href="big.bin">big.bin</a>', '<a href="sub/">sub/</a>', "</pre>"],
        )
        found = [self.get(port, path)[:2] for path in ("/s/sub", "/s/../s/big.bin", "/other")]
        self.assertEqual([status for status, _ in found], [301, 301, 404])
        self.assertEqual([fields.get("location") for _, fields in found], ["sub/", "/s/big.bin", None])
        self.assertEqual(self.get(port, "/s/big.bin", method="POST")[0], 405)

    def bridged(self, plugin: str, service: Service, more: str = "", *, secure: bool = False) -> dict[str, str]:
        """@return: the headers that the service gets."""
        table = f'plugin.type = "{plugin}"\nplugin.localAddr = "127.0.0.1:{service.port}"\n'
        table += f'plugin.requestHeaders.set.x-from-where = "frp"\n{more}'
        port = self.tunnel(table + (self.pair if secure else ""))
        sent = {"X_Forwarded_For": "2.2.2.2", "X_Forwarded_Host": "h", "X_Forwarded_Proto": "p"}
        status, _, body = self.get(port, "/x", secure=secure, **sent)
        self.assertEqual((status, body.splitlines()[0]), (200, b"GET /x HTTP/1.1"))
        lines = [line.partition(": ") for line in body.decode().splitlines()[1:]]
        got = {name.lower(): value for name, _, value in lines}
        self.assertEqual(got["x-from-where"], "frp")
        return {
            name: got.get(name, "") for name in ("host", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto")
        }

    def test_http2http(self) -> None:
        """The service hears of no user."""
        got = self.bridged("http2http", self.service(said), 'plugin.hostHeaderRewrite = "inner.test"\n')
        self.assertEqual(list(got.values()), ["inner.test", "", "", ""])

    def test_http2https(self) -> None:
        """The service hears what the user says."""
        got = self.bridged("http2https", self.secured())
        self.assertTrue(got["host"].startswith("example.test:"))
        self.assertEqual(list(got.values())[1:], ["2.2.2.2", "h", "p"])

    def test_https2http(self) -> None:
        """The service hears who the user is."""
        got = self.bridged("https2http", self.service(said), secure=True)
        self.assertEqual(list(got.values())[1:], [f"2.2.2.2, {self.pairing.host}", got["host"], "https"])

    def test_https2https(self) -> None:
        """So does one that speaks TLS."""
        got = self.bridged("https2https", self.secured(), secure=True)
        self.assertEqual(list(got.values())[1:], [f"2.2.2.2, {self.pairing.host}", got["host"], "https"])


globals().update(PluginTests.makeTestCaseClasses(*PAIRINGS, *varied((OURS,), bound="::", host="::1")))
