from frp.interfaces import ITunnelTransport
from frp.plugin import Contribution

tcp = Contribution(ITunnelTransport, "tcp", "TCP, with TLS by default", "frp.transports.tcp.TCP")
quic = Contribution(
    ITunnelTransport, "quic", "QUIC over UDP, with a stream for each user", "frp.transports.quic.transport.QUIC"
)
