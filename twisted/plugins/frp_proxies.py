from frp.interfaces import IProxyKind
from frp.plugin import Contribution

tcp = Contribution(IProxyKind, "tcp", "a TCP port of the server, passed on to a local service", "frp.proxies.tcp.TCP")
udp = Contribution(IProxyKind, "udp", "a UDP port of the server, passed on to a local service", "frp.proxies.udp.UDP")
http = Contribution(
    IProxyKind, "http", "a site on vhostHTTPPort, passed on to a local service", "frp.proxies.http.HTTP"
)
https = Contribution(
    IProxyKind, "https", "a domain on vhostHTTPSPort, passed on to a local service with TLS", "frp.proxies.https.HTTPS"
)
tcpmux = Contribution(
    IProxyKind,
    "tcpmux",
    "a host on tcpmuxHTTPConnectPort, passed on to a local service",
    "frp.proxies.tcpmux.TCPMux",
)
stcp = Contribution(
    IProxyKind, "stcp", "a local service for visitors, without a port of the server", "frp.proxies.stcp.STCP"
)
sudp = Contribution(
    IProxyKind,
    "sudp",
    "a local service for the datagrams of visitors, without a port of the server",
    "frp.proxies.sudp.SUDP",
)
xtcp = Contribution(
    IProxyKind,
    "xtcp",
    "a local service for visitors that reach it without the server between them",
    "frp.proxies.xtcp.XTCP",
)
