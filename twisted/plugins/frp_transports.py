from frp.interfaces import ITunnelTransport
from frp.plugin import Contribution

tcp = Contribution(ITunnelTransport, "tcp", "TCP, with TLS by default", "frp.transports.tcp.TCP")
