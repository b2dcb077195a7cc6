from frp.interfaces import IClientPlugin
from frp.plugin import Contribution

socks5 = Contribution(IClientPlugin, "socks5", "a SOCKS5 proxy into the network of frpc", "frp.plugins.socks5.SOCKS5")
tls2raw = Contribution(IClientPlugin, "tls2raw", "ends TLS and passes on what is inside", "frp.plugins.tls2raw.TLS2Raw")
unixDomainSocket = Contribution(
    IClientPlugin,
    "unix_domain_socket",
    "passes users on to a Unix socket",
    "frp.plugins.unixdomainsocket.UnixDomainSocket",
)
