from frp.interfaces import IVisitorKind, IVisitorPlugin
from frp.plugin import Contribution

stcp = Contribution(
    IVisitorKind, "stcp", "a TCP port of this machine that leads to a stcp proxy", "frp.visitors.stcp.STCP"
)
sudp = Contribution(
    IVisitorKind, "sudp", "a UDP port of this machine that leads to a sudp proxy", "frp.visitors.sudp.SUDP"
)
virtualNet = Contribution(
    IVisitorPlugin,
    "virtual_net",
    "a peer in a network of IP, reached through the visited proxy",
    "frp.virtualnet.visitorplugin.VirtualNetVisitorPlugin",
)
xtcp = Contribution(
    IVisitorKind, "xtcp", "a TCP port of this machine that leads straight to a xtcp proxy", "frp.visitors.xtcp.XTCP"
)
