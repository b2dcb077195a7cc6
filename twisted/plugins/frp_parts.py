from frp.interfaces import IClientPartKind
from frp.plugin import Contribution

dns = Contribution(IClientPartKind, "dns", "dnsServer: names are asked of one server", "frp.client.parts.DNS")
virtualNet = Contribution(
    IClientPartKind,
    "virtualNet",
    "virtualNet.address: the TUN device of a client",
    "frp.virtualnet.part.VirtualNetKind",
    onlyWith="virtualNet.address",
)
inspector = Contribution(
    IClientPartKind,
    "inspector",
    "inspect: the last requests of proxies that speak HTTP",
    "frp.http.inspecting.part.InspectorKind",
    onDemand=True,
)
senders = Contribution(
    IClientPartKind, "senders", "whose the datagrams at local services are", "frp.client.parts.SendersKind"
)
nathole = Contribution(
    IClientPartKind,
    "nathole",
    "natHoleStunServer: the way to other clients",
    "frp.nathole.part.NatHole",
    onDemand=True,
)
