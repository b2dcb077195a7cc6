from frp.interfaces import ITunnelTransport
from frp.plugin import Contribution

tcp = Contribution(ITunnelTransport, "tcp", "TCP, with TLS by default", "frp.transports.tcp.TCP")
kcp = Contribution(
    ITunnelTransport, "kcp", "KCP: a stream over UDP, for ways that lose much", "frp.transports.kcp.kind.KCP"
)
