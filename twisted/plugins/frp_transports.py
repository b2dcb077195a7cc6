from frp.interfaces import IClientDoor, ITunnelTransport
from frp.plugin import Contribution

tcp = Contribution(ITunnelTransport, "tcp", "TCP, with TLS by default", "frp.transports.tcp.TCP")
websocket = Contribution(
    ITunnelTransport,
    "websocket",
    "WebSocket on the port of frps, through proxies that know HTTP alone",
    "frp.transports.websocket.kind.WebSocket",
)
wss = Contribution(
    ITunnelTransport,
    "wss",
    "WebSocket within TLS, to frps or to a web server before it",
    "frp.transports.websocket.kind.WSS",
)
quic = Contribution(
    ITunnelTransport, "quic", "QUIC over UDP, with a stream for each user", "frp.transports.quic.transport.QUIC"
)
kcp = Contribution(
    ITunnelTransport, "kcp", "KCP: a stream over UDP, for ways that lose much", "frp.transports.kcp.kind.KCP"
)
ssh = Contribution(
    IClientDoor,
    "ssh",
    "sshTunnelGateway: clients that use ssh -R in place of frpc",
    "frp.ssh.door.SSH",
    onlyWith="sshTunnelGateway.bindPort",
)
