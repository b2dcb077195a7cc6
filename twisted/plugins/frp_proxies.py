from frp.interfaces import IProxyKind
from frp.plugin import Contribution

tcp = Contribution(IProxyKind, "tcp", "a TCP port of the server, passed on to a local service", "frp.proxies.tcp.TCP")
udp = Contribution(IProxyKind, "udp", "a UDP port of the server, passed on to a local service", "frp.proxies.udp.UDP")
