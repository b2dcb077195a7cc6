from frp.interfaces import IVisitorKind
from frp.plugin import Contribution

stcp = Contribution(
    IVisitorKind, "stcp", "a TCP port of this machine that leads to a stcp proxy", "frp.visitors.stcp.STCP"
)
sudp = Contribution(
    IVisitorKind, "sudp", "a UDP port of this machine that leads to a sudp proxy", "frp.visitors.sudp.SUDP"
)
xtcp = Contribution(
    IVisitorKind, "xtcp", "a TCP port of this machine that leads straight to a xtcp proxy", "frp.visitors.xtcp.XTCP"
)
