"""The store of frpc: both makes are told the same, and say the same; and each reads what the other has kept."""

from __future__ import annotations

import json
from pathlib import Path

from frp.test.interop.asking import APICase, Said
from frp.test.interop.programs import Program, freePort

FILE = """
[[proxies]]
name = "file"
type = "tcp"
localPort = 1
remotePort = 0
[[visitors]]
name = "fromFile"
type = "stcp"
serverName = "x"
bindPort = -1
"""

#: Proxies of a file, without their names: every type, every way to check a service, and every plugin with headers.
DECLARED = [
    *(
        f'type = "tcp"\nlocalPort = 1\nhealthCheck = {{ {check} }}\nloadBalancer = {{ group = "g", groupKey = "k" }}'
        for check in (
            'type = "tcp"',
            'type = "tcp", timeoutSeconds = 3, maxFailed = 1, intervalSeconds = 10',
            'type = "http", path = "x", intervalSeconds = -1, timeoutSeconds = 0',
            "timeoutSeconds = 5",
        )
    ),
    'type = "udp"\nlocalPort = 1\ntransport.bandwidthLimit = "1MB"\nannotations = { a = "" }\nmetadatas = {}',
    'type = "http"\nlocalPort = 1\nsubdomain = "s"\nlocations = []\nrequestHeaders.set = {}',
    'type = "https"\nlocalPort = 1\ncustomDomains = ["a.example.com"]',
    'type = "tcpmux"\nlocalPort = 1\nmultiplexer = "httpconnect"\ncustomDomains = ["a.example.com"]',
    'type = "stcp"\nlocalPort = 1\nsecretKey = "k"\nallowUsers = ["*"]',
    'type = "xtcp"\nlocalPort = 1\nsecretKey = "k"\nnatTraversal.disableAssistedAddrs = true',
    'type = "sudp"\nlocalPort = 1\nsecretKey = "k"',
    *(
        f'type = "tcp"\nplugin = {{ type = "{kind}", localAddr = "127.0.0.1:1" }}'
        for kind in ("http2http", "http2https", "https2http", "https2https", "tls2raw")
    ),
    'type = "tcp"\nplugin = { type = "https2http", localAddr = "x:1", enableHTTP2 = false }',
    'type = "tcp"\nplugin = { type = "http2http", localAddr = "x:1", requestHeaders.set.a = "b" }',
    'type = "tcp"\nplugin = { type = "static_file", localPath = "/nowhere", httpUser = "u" }',
    'type = "tcp"\nplugin = { type = "socks5", username = "u" }',
    'type = "tcp"\nplugin = { type = "unix_domain_socket", unixPath = "/nowhere" }',
    'type = "tcp"\nplugin = { type = "http_proxy" }',
]

SITE = (
    '{"name":"h1","type":"http","http":{"localPort":80,"customDomains":["a.b"],"plugin":{"type":"http2http","localAddr":'
    '"1.2.3.4:5","requestHeaders":{"set":{"a":"b"}}},"unknown":1,"enabled":true,"metadatas":{"x":"y"},"healthCheck":'
    '{"type":"tcp","timeoutSeconds":3},"locations":[]}}'
)

PROXIES = "/api/store/proxies"
VISITORS = "/api/store/visitors"

#: What all fields of a form have in common in the reference's web UI.
_ALL = (
    '"localPort":8080,"transport":{"useEncryption":true,"useCompression":true,"bandwidthLimit":"1MB","bandwidthLimitMode":'
    '"server","proxyProtocolVersion":"v2"},"healthCheck":{"type":"http","timeoutSeconds":3,"maxFailed":2,'
    '"intervalSeconds":7,"path":"/health","httpHeaders":[{"name":"X-K","value":"val"}]}'
)
FULL_SITE = (
    f'{{"name":"h2","type":"http","http":{{{_ALL},"customDomains":["h2.example.org"],"locations":["/x"],"httpUser":"u",'
    '"httpPassword":"p","hostHeaderRewrite":"w","routeByHTTPUser":"r","requestHeaders":{"set":{"X-K":"val"}},'
    '"responseHeaders":{"set":{"X-K":"val"}}}}'
)
FULL_HOLE = (
    '{"name":"v4","type":"xtcp","xtcp":{"transport":{"useEncryption":true,"useCompression":true},"secretKey":"k",'
    '"serverUser":"u","serverName":"s","bindPort":-1,"protocol":"kcp","keepTunnelOpen":true,"maxRetriesAnHour":4,'
    '"minRetryInterval":60,"fallbackTo":"v1","fallbackTimeoutMs":500,"natTraversal":{"disableAssistedAddrs":true}}}'
)
#: Its service is nowhere.
WAITING = (
    '{"name":"w","type":"tcp","tcp":{"localPort":1,"remotePort":0,'
    '"healthCheck":{"type":"tcp","intervalSeconds":60,"maxFailed":9}}}'
)

#: What they are told, one after the other.
TOLD = [
    ("POST", PROXIES, '{"name":"t1","type":"tcp","tcp":{"localPort":22,"remotePort":0}}'),
    ("POST", PROXIES, '{"name":"t1","type":"tcp","tcp":{"localPort":22,"remotePort":0}}'),
    ("POST", PROXIES, SITE),
    ("POST", PROXIES, FULL_SITE),
    ("PUT", f"{PROXIES}/h2", FULL_SITE),
    ("POST", PROXIES, '{"name":"off","type":"tcp","tcp":{"localPort":22,"enabled":false,"name":"other","type":"udp"}}'),
    ("POST", PROXIES, '{"name":"file","type":"tcp","tcp":{"localPort":22,"transport":{"bandwidthLimit":"1MB"}}}'),
    ("POST", PROXIES, '{"name":"s1","type":"sudp","sudp":{"localPort":22,"secretKey":"k","allowUsers":["*"]}}'),
    ("POST", PROXIES, '{"name":"m1","type":"tcpmux","tcpmux":{"localPort":22,"customDomains":["x"]}}'),
    ("POST", PROXIES, '{"name":"","type":"tcp","tcp":{"localPort":22}}'),
    ("POST", PROXIES, '{"name":"z","type":"foo","tcp":{"localPort":22}}'),
    ("POST", PROXIES, '{"name":"z","type":"tcp"}'),
    ("POST", PROXIES, '{"name":"z","type":"tcp","udp":{}}'),
    ("POST", PROXIES, '{"name":"z","type":"tcp","tcp":{},"udp":{}}'),
    ("GET", PROXIES, None),
    ("GET", f"{PROXIES}/t1", None),
    ("GET", f"{PROXIES}/nope", None),
    ("PUT", f"{PROXIES}/t1", '{"name":"t1","type":"tcp","tcp":{"localPort":23,"transport":{"useEncryption":true}}}'),
    ("PUT", f"{PROXIES}/t1", '{"name":"t2","type":"tcp","tcp":{"localPort":23}}'),
    ("PUT", f"{PROXIES}/t1", '{"type":"tcp","tcp":{"localPort":23}}'),
    ("PUT", f"{PROXIES}/nope", '{"name":"nope","type":"tcp","tcp":{"localPort":23}}'),
    ("DELETE", f"{PROXIES}/nope", None),
    ("POST", VISITORS, '{"name":"v1","type":"stcp","stcp":{"serverName":"x","bindPort":-1,"secretKey":"k"}}'),
    ("POST", VISITORS, '{"name":"v2","type":"xtcp","xtcp":{"serverName":"x","bindPort":-1,"keepTunnelOpen":false}}'),
    ("POST", VISITORS, FULL_HOLE),
    ("POST", VISITORS, '{"name":"v3","type":"stcp","stcp":{"bindPort":9001}}'),
    ("POST", VISITORS, '{"name":"v3","type":"tcp","tcp":{"bindPort":9001}}'),
    ("GET", VISITORS, None),
    ("DELETE", f"{VISITORS}/v2", None),
    *(("GET", f"/api/proxy/{name}/config", None) for name in ("t1", "h2", "file", "off", "nope")),
    *(("GET", f"/api/visitor/{name}/config", None) for name in ("v1", "v4", "fromFile", "nope")),
    ("DELETE", f"{PROXIES}/file", None),
    ("PATCH", PROXIES, None),
]


class StoreTests(APICase):
    """A server, and a client of either make with a store."""

    def setUp(self) -> None:
        self.bind = freePort()
        server = f'bindAddr = "127.0.0.1"\nbindPort = {self.bind}\nvhostHTTPPort = {freePort()}\n'
        self.program("ours", "frps", server).wait("frps started successfully")

    def client(self, maker: str, path: Path, user: str, file: str = FILE) -> tuple[Program, int]:
        """@return: a client, and the port of its web server."""
        web = freePort()
        text = f'serverAddr = "127.0.0.1"\nserverPort = {self.bind}\nuser = "{user}"\nwebServer.port = {web}\n'
        program = self.program(maker, "frpc", f'{text}store.path = "{path}"\n{file}')
        program.wait("start proxy success")
        return program, web

    def path(self) -> Path:
        """Where there is no store yet."""
        return Path(self.mktemp()).resolve()

    def told(self, said: Said) -> tuple[int, str | None, object]:
        """@return: an answer, whose keys may have any order, without what only ours says besides."""
        status, type, body = self.stripped(said)
        if not body.startswith("{"):
            return status, type, body
        return status, type, {key: one for key, one in json.loads(body).items() if key not in ("problems", "warnings")}

    def test_same(self) -> None:
        """Status, type and all that is said of an entry."""
        ours, theirs = (self.client(maker, self.path(), maker)[1] for maker in ("ours", "go"))
        for method, path, body in TOLD:
            said, expected = (self.told(self.ask(port, method, path, body)) for port in (ours, theirs))
            self.assertEqual(said, expected, f"{method} {path} {body}")

    def test_declared(self) -> None:
        """What is said of proxies that stand in the file."""
        file = "\n".join(f'[[proxies]]\nname = "p{number}"\n{text}' for number, text in enumerate(DECLARED))
        ours, theirs = (self.client(maker, self.path(), maker, file)[1] for maker in ("ours", "go"))
        for number, text in enumerate(DECLARED):
            path = f"/api/proxy/p{number}/config"
            said, expected = (self.told(self.ask(port, "GET", path)) for port in (ours, theirs))
            self.assertEqual((said, said[0]), (expected, 200), text)

    def test_waiting(self) -> None:
        """What C{/api/status} says of a proxy whose service was not found to be away yet."""
        rows = []
        for maker in ("ours", "go"):
            web = self.client(maker, self.path(), maker)[1]
            self.assertEqual(self.ask(web, "POST", PROXIES, WAITING)[0], 200)
            status = json.loads(self.ask(web, "GET", "/api/status")[2])
            rows += [one for one in status["tcp"] if one["name"] == "w"]
        ours, theirs = rows
        self.assertEqual(ours, theirs)
        self.assertEqual((ours["status"], ours["remote_addr"]), ("new", "127.0.0.1"))

    def test_files(self) -> None:
        """Each reads the file that the other has written, and runs what is in it."""
        for first, second in (("ours", "go"), ("go", "ours")):
            path = self.path()
            program, web = self.client(first, path, f"{first}1")
            for method, where, body in TOLD[:8]:
                self.ask(web, method, where, body)
            before = self.told(self.ask(web, "GET", PROXIES))
            program.terminate()
            program, web = self.client(second, path, f"{second}2")
            program.wait(r"\[t1\] start proxy success")
            self.assertEqual(self.told(self.ask(web, "GET", PROXIES)), before)
            sources = {
                one["name"]: one.get("source")
                for rows in json.loads(self.ask(web, "GET", "/api/status")[2]).values()
                for one in rows
            }
            self.assertEqual(sources, {"t1": "store", "file": "store", "h1": "store", "h2": "store", "s1": "store"})
            program.terminate()
