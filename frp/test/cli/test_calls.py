"""Tests of C{frpc reload}, C{status} and C{stop}, against an API that says what the test wants."""

from __future__ import annotations

import json
import os
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

from frp.cli.frpc import frpc
from frp.test.cli.test_programs import Programs
from frp.test.sockets.authority import Authority


class Answering(HTTPServer):
    """
    An API.

    @ivar asked: the requests, with what they authorized themselves by.
    @ivar bodies: what it answers to some paths, in place of what it answers to all others.
    @ivar codes: the statuses of some requests, C{"GET /api/status"}, in place of C{code}.
    @ivar turns: what it answers to some paths, one after the other, before that.
    @ivar answering: whether a path is answered; else the connection ends without a word.
    """

    def __init__(self, body: bytes = b"", code: int = 200) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.body = body
        self.bodies: dict[str, bytes] = {}
        self.turns: dict[str, list[bytes]] = {}
        self.code = code
        self.codes: dict[str, int] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.answering: Callable[[str], object] = lambda path: True


class _Answer(BaseHTTPRequestHandler):
    server: Answering

    def do_GET(self) -> None:
        self.server.asked.append((f"{self.command} {self.path}", self.headers.get("Authorization")))
        if not self.server.answering(self.path):
            self.close_connection = True
            return
        self.send_response(self.server.codes.get(f"{self.command} {self.path}", self.server.code))
        self.end_headers()
        turns = self.server.turns.get(self.path)
        self.wfile.write(turns.pop(0) if turns else self.server.bodies.get(self.path, self.server.body))

    do_POST = do_DELETE = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


TABLE = """Proxy Status...

TCP
Name  Status       LocalAddr     Plugin  RemoteAddr   Error             \n\
a     running      127.0.0.1:22          frps.x:6000                    \n\
long  start error                                     port unavailable  \n
X-NEW
Name  Status   LocalAddr  Plugin  RemoteAddr  Error  \n\
n     running                                        \n
"""

SEVERAL = """Server Status...

Name  Addr    Status     Error  \n\
east  a:7000  connected         \n\
west  b:7000  waiting    dial   \n
Proxy Status...

TCP
Name  Status   LocalAddr  Plugin  RemoteAddr  Error  Server  \n\
a     running                                        east    \n
"""


class CallCase(Programs):
    """Commands, and an API."""

    @contextmanager
    def api(self, body: bytes = b"", code: int = 200, context: ssl.SSLContext | None = None) -> Iterator[Answering]:
        """It answers as long as this."""
        server = Answering(body, code)
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class CallTests(CallCase):
    """
    C{frpc reload}, C{status} and C{stop}.

    @ivar odd: what is odd about a file that is read again.
    """

    odd: tuple[str, ...] = ()

    def config(self, api: Answering, more: str = "") -> str:
        """The path of a configuration with this API."""
        return self.file(f"webServer.port = {api.server_port}\n{more}")

    def call(self, name: str, path: str, *more: str, code: int = 0) -> str:
        """Run a command."""
        return self.run_(frpc, name, "-c", path, *more, code=code)

    def reloaded(self, *more: str, warned: str = "", **codes: int) -> list[str]:
        """
        Reload, as somebody with a password.

        @param codes: the status of each request of that method.
        @return: the requests.
        """
        none: dict[str, list[str]] = {"added": [], "changed": [], "removed": []}
        proxies = {**none, "added": ["a", "b"], "removed": ["c"]}
        found = {"data": {"proxies": proxies, "visitors": none, "waiting": ["serverPort", "user"]}}
        found["data"] |= {"warnings": self.odd} if self.odd else {}
        with self.api(json.dumps(found).encode()) as api:
            for query in ("", "?strictConfig=true"):
                api.codes.update({f"POST /api/v2/config/reload{query}": codes.get("POST", 200)})
            path = self.config(api, 'webServer.user = "u"\nwebServer.password = "p"')
            said = self.run_(frpc, "reload", "-c", path, *more, warned=warned)
        self.assertEqual(said, "reload success\n")
        self.assertEqual({basic for _, basic in api.asked}, {"Basic dTpw"})
        return [request for request, _ in api.asked]

    def test_reload(self) -> None:
        """A reload is strict, unless I say otherwise; standard error has what came of it."""
        said = "  reloaded: proxies (2 added, 1 removed); at the next start: serverPort, user\n"
        self.assertEqual(self.reloaded(warned=said), ["POST /api/v2/config/reload?strictConfig=true"])
        self.assertEqual(self.reloaded("--strict_config=false", warned=said), ["POST /api/v2/config/reload"])

    def test_reloadOdd(self) -> None:
        """What is odd about the file, or will be at the next start, is told after that."""
        self.odd = "the next start would fail: open /no", "start: no proxy"
        said = "  reloaded: proxies (2 added, 1 removed); at the next start: serverPort, user\n"
        warned = f"{said}WARNING: the next start would fail: open /no\nWARNING: start: no proxy\n"
        self.assertEqual(len(self.reloaded(warned=warned)), 1)

    def test_reloadForeign(self) -> None:
        """The frpc of frp itself says nothing of it."""
        asked = ["POST /api/v2/config/reload?strictConfig=true", "GET /api/reload?strictConfig=true"]
        self.assertEqual(self.reloaded(POST=404), asked)
        self.assertEqual(self.reloaded("--strict_config=false", POST=404)[1], "GET /api/reload")

    def test_stop(self) -> None:
        """A stop says that it was done."""
        with self.api() as api:
            self.assertEqual(self.call("stop", self.config(api)), "stop success\n")
        self.assertEqual(api.asked, [("POST /api/stop", None)])

    def test_status(self) -> None:
        """A table for each type, in the reference's order and columns; types of third parties come last."""
        rows = {
            "x-new": [{"name": "n", "status": "running"}],
            "udp": [],
            "tcp": [
                {"name": "a", "status": "running", "local_addr": "127.0.0.1:22", "remote_addr": "frps.x:6000"},
                {"name": "long", "status": "start error", "err": "port unavailable"},
            ],
        }
        empty = dict.fromkeys(("local_addr", "plugin", "remote_addr", "err"), "")
        filled = {kind: [{**empty, **row} for row in found] for kind, found in rows.items()}
        with self.api(json.dumps(filled).encode()) as api:
            self.assertEqual(self.call("status", self.config(api)), TABLE)

    def test_severalServers(self) -> None:
        """Where there are several servers, they have a table, and one more column names them."""
        empty = dict.fromkeys(("local_addr", "plugin", "remote_addr", "err"), "")
        servers = [
            {"name": "east", "addr": "a:7000", "status": "connected", "err": ""},
            {"name": "west", "addr": "b:7000", "status": "waiting", "err": "dial"},
        ]
        with self.api(
            json.dumps({"tcp": [{**empty, "name": "a", "status": "running", "server": "east"}]}).encode()
        ) as api:
            api.bodies["/api/servers"] = json.dumps(servers).encode()
            path = self.config(api, '[[servers]]\naddr = "a"\n[[servers]]\naddr = "b"\n')
            self.assertEqual(self.call("status", path), SEVERAL)

    def test_nonsense(self) -> None:
        """What is no status is shown as it came."""
        with self.api(b"<html>\n") as api:
            shown = self.call("status", self.config(api), code=1)
        self.assertEqual(shown, "unmarshal http response error: <html>\n")

    def test_refused(self) -> None:
        """An answer that is not 200 is shown by its number, and by its text as it came."""
        with self.api(b"no\n", 403) as api:
            self.assertEqual(self.call("stop", self.config(api), code=1), "api status code [403]\n")
        self.assertEqual(self.hints, "  frpc says: no\n")

    def test_unauthorized(self) -> None:
        """I hear which keys give user and password, and whether I have set them."""
        with self.api(b"Unauthorized\n", 401) as api:
            self.assertEqual(self.call("stop", self.config(api), code=1), "api status code [401]\n")
            self.assertRegex(self.hints, r"^  [^{]*webServer.user and webServer.password .* are not set\n$")
            self.call("stop", self.config(api, 'webServer.password = "x"'), code=1)
            self.assertIn("are others", self.hints)

    def test_badFile(self) -> None:
        """Where a file that frpc cannot use is wrong, and what to do, is no JSON."""
        problem = {"path": "serverPrt", "problem": "unknown", "line": 2, "hint": "did you mean 'serverPort'?"}
        said = {"code": 400, "msg": "invalid argument: unknown", "problems": [problem, {**problem, "line": 0}]}
        with self.api(json.dumps(said).encode(), 400) as api:
            self.assertEqual(self.call("reload", self.config(api), code=1), "api status code [400]\n")
        self.assertEqual(
            self.hints,
            "  frpc says: invalid argument: unknown\n  line 2: serverPrt: did you mean 'serverPort'?\n"
            "  serverPrt: did you mean 'serverPort'?\n",
        )

    def test_foreign(self) -> None:
        """frp's own frpc has fewer requests."""
        with self.api(b"404 page not found\n", 404) as api:
            self.run_(frpc, "test", "web", "-c", self.config(api), code=1)
        self.assertIn("does not know this request: that of frp itself has fewer\n", self.hints)

    def test_nobody(self) -> None:
        """Where nobody answers, the address is named, in the reference's words."""
        with self.api() as api:
            path, port = self.config(api), api.server_port
        where = f"127.0.0.1:{port}"
        text = f'Post "http://{where}/api/stop": dial tcp {where}: connect: connection refused\n'
        self.assertEqual(self.call("stop", path, code=1), text)

    def test_slow(self) -> None:
        """Nobody waits longer than --api-timeout."""
        silent = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(silent.close)
        port = silent.getsockname()[1]
        path = self.file(f"webServer.port = {port}")
        text = f'Get "http://127.0.0.1:{port}/api/status": context deadline exceeded\n'
        self.assertEqual(self.call("status", path, "--api_timeout=20ms", code=1), text)

    def test_off(self) -> None:
        """Without a web server there is nobody to ask."""
        text = "web server port should be set if you want to use this feature\n"
        path = self.file("serverPort = 7000")
        self.assertEqual(self.call("status", path, code=1), text)
        self.assertEqual(self.hints, f"  set webServer.port in {path}, and start frpc again\n")

    def test_unfit(self) -> None:
        """A file in which a proxy is being written still tells where frpc is."""
        with self.api() as api:
            path = self.config(api, '[[proxies]]\ntype = "tcp"\nlocalPort = 99999')
            self.assertEqual(self.call("stop", path), "stop success\n")

    def test_folder(self) -> None:
        """Of a folder each frpc is asked, by the name of its file; one that cannot be is enough for the exit code."""
        folder = self.mktemp()
        os.makedirs(folder)
        with self.api(b"{}") as api:
            for name, text in ("a", f"webServer.port = {api.server_port}\n"), ("b", "nope = 1"):
                with open(os.path.join(folder, name), "w") as file:
                    file.write(text)
            shown = self.run_(frpc, "stop", "--config-dir", folder, code=1)
            self.assertEqual(shown, f'{folder}/a:\nstop success\n{folder}/b:\njson: unknown field "nope"\n')
            os.remove(os.path.join(folder, "b"))
            shown = self.run_(frpc, "status", "--config-dir", folder)
            self.assertEqual(shown, f"{folder}/a:\nProxy Status...\n\n")
            shown = self.run_(frpc, "status", "--json", "--config-dir", folder, warned=f"{folder}/a:\n")
            self.assertEqual(shown, "{}\n")

    def test_folderOfOne(self) -> None:
        """What concerns one frpc wants its file."""
        for words in ("status", "--watch"), ("test", "web"):
            self.assertEqual(self.run_(frpc, *words, "--config-dir", ".", code=1), "")
            self.assertEqual(self.hints, "--config-dir: this is asked of one frpc: name its file with -c\n")

    def test_https(self) -> None:
        """Behind webServer.tls the certificate in the file is the one that is trusted, and no other."""
        authority = Authority()
        ours, theirs = authority.fields("ours"), authority.fields("theirs")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(ours.certFile, ours.keyFile)
        tls = 'webServer.tls.certFile = "{0.certFile}"\nwebServer.tls.keyFile = "{0.keyFile}"'
        with self.api(context=context) as api:
            self.assertEqual(self.call("stop", self.config(api, tls.format(ours))), "stop success\n")
            self.assertIn("certificate", self.call("stop", self.config(api, tls.format(theirs)), code=1))
            self.assertEqual(len(api.asked), 1)
