from frp.interfaces import IGatewayKind
from frp.plugin import Contribution

http = Contribution(
    IGatewayKind,
    "http",
    "vhostHTTPPort: users say in HTTP whom they want",
    "frp.gateways.http.HTTP",
    onlyWith="vhostHTTPPort",
)
https = Contribution(
    IGatewayKind,
    "https",
    "vhostHTTPSPort: users say in TLS whom they want",
    "frp.gateways.https.HTTPS",
    onlyWith="vhostHTTPSPort",
)
tcpmux = Contribution(
    IGatewayKind,
    "tcpmux",
    "tcpmuxHTTPConnectPort: users ask by CONNECT",
    "frp.gateways.tcpmux.TCPMux",
    onlyWith="tcpmuxHTTPConnectPort",
)
nathole = Contribution(
    IGatewayKind,
    "nathole",
    "where clients arrange to meet without the server between them",
    "frp.gateways.nathole.NatHole",
)
