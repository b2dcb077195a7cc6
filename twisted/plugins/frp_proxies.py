from frp.interfaces import IProxyKind
from frp.plugin import Contribution

tcp = Contribution(IProxyKind, "tcp", "a TCP port of the server, passed on to a local service", "frp.proxies.tcp.TCP")
