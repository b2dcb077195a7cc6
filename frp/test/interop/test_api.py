"""The second API of frps: both servers are asked the same, and answer the same."""

from __future__ import annotations

from frp.test.interop.asking import APICase
from frp.test.interop.programs import Program, freePort

PROXIES = """
[[proxies]]
name = "t/1"
type = "tcp"
localPort = 22
remotePort = 0
annotations.b = "1"
annotations.a = "2"
metadatas.k = "v"
transport.bandwidthLimit = "1MB"
transport.useEncryption = true
[[proxies]]
name = "h"
type = "http"
localPort = 80
customDomains = ["a.b", "c.d"]
subdomain = "sub"
locations = ["/x"]
hostHeaderRewrite = "hh"
[[proxies]]
name = "hs"
type = "https"
localPort = 80
customDomains = ["s.b"]
loadBalancer.group = "g"
loadBalancer.groupKey = "k"
[[proxies]]
name = "m"
type = "tcpmux"
multiplexer = "httpconnect"
routeByHTTPUser = "ru"
customDomains = ["m.b"]
localPort = 80
[[proxies]]
name = "s"
type = "stcp"
secretKey = "x"
localPort = 80
[[proxies]]
name = "su"
type = "sudp"
secretKey = "x"
localPort = 80
[[proxies]]
name = "ud"
type = "udp"
localPort = 53
remotePort = 0
"""

AWAY = '[[proxies]]\nname = "away"\ntype = "tcp"\nlocalPort = 1\nremotePort = 0\n'
NAMELESS = '[[proxies]]\nname = "nameless"\ntype = "xtcp"\nsecretKey = "x"\nlocalPort = 1\n'

QUESTIONS = [
    *(("GET", f"/api/v2/users{query}") for query in ("", "?q=U", "?page=0")),
    ("GET", "/api/v2/system/info"),
    *(
        ("GET", f"/api/v2/clients{query}")
        for query in (
            "",
            "?status=online",
            "?status=Offline",
            "?status=x",
            "?user=",
            "?user",
            "?user=u",
            "?clientID=one",
            "?q=ONE",
            "?q=zzz",
            "?page=2&pageSize=1",
            "?pageSize=201",
            "?pageSize=x",
            "?page=9223372036854775807&pageSize=2",
            "?page=99999999999999999999",
            "?page=%2B2",
            "?page=02",
            "?page=1_0",
            "?page=",
            "/u.one",
            "/nobody",
            "/u%2Eone",
            "/a%2Fb",
            "/",
        )
    ),
    *(
        ("GET", f"/api/v2/proxies{query}")
        for query in (
            "",
            "?type=TCP",
            "?type=foo",
            "?type=tcp&type=udp",
            "?status=offline",
            "?q=c.D",
            "?q=online",
            "?user=u&clientID=one&type=http",
            "?user=",
            "/u.t%2F1",
            "/u.t/1",
            "/away",
            "/u.h",
            "/nope",
            "/%zz",
            "/%E4%BD%A0",
            "/u.h/traffic",
            "/u.t%2F1/traffic",
            "/nope/traffic",
            "/u.h/",
        )
    ),
    ("GET", "/api/v2/nothing"),
    ("GET", "/api/v2/system/prune"),
    *(("POST", f"/api/v2/system/prune{query}") for query in ("", "?type=x", "?type=OFFLINE_proxies")),
    ("POST", "/api/v2/clients"),
]


class SecondAPITests(APICase):
    """A server of either make, and the reference's clients: one that is here, one that has left, one without a name."""

    def setUp(self) -> None:
        self.clients: list[Program] = []

    def serve(self, maker: str) -> int:
        """@return: the port of the dashboard."""
        bind, web, doors = freePort(), freePort(), [freePort() for _ in range(3)]
        names = ("vhostHTTPPort", "vhostHTTPSPort", "tcpmuxHTTPConnectPort")
        ports = "".join(f"{name} = {port}\n" for name, port in zip(names, doors, strict=True))
        server = f'bindAddr = "127.0.0.1"\nbindPort = {bind}\n{ports}subDomainHost = "ex.com"\nwebServer.port = {web}\n'
        self.program(maker, "frps", server).wait("frps started successfully")
        for settings, count in (('user = "u"\nclientID = "one"', 7), ('clientID = "gone"', 1), ("", 1)):
            text = {7: PROXIES, 1: AWAY if settings else NAMELESS}[count]
            client = self.program("go", "frpc", f'serverAddr = "127.0.0.1"\nserverPort = {bind}\n{settings}\n{text}')
            client.wait("start proxy success", times=count)
            self.clients.append(client)
            if "gone" in settings:
                client.terminate()
        return web

    def test_same(self) -> None:
        """Status, type and every byte of the body, but for moments, ports and run ids."""
        ours, theirs = self.serve("ours"), self.serve("go")
        for method, path in QUESTIONS:
            said, expected = (self.stripped(self.ask(port, method, path)) for port in (ours, theirs))
            self.assertEqual(said, expected, f"{method} {path}")

    def test_disabled(self) -> None:
        """A client of the reference learns that its proxy is disabled, and has it again when it is not."""
        web, client = self.serve("ours"), self.clients[0]
        self.assertEqual(self.ask(web, "POST", "/api/v2/proxies/u.hs/disable", '{"reason": "for a while"}')[0], 200)
        client.wait(r"start error: proxy \[u\.hs\] is disabled by an operator: for a while")
        self.assertEqual(self.ask(web, "POST", "/api/v2/proxies/u.hs/enable")[0], 200)
