from frp.interfaces import IClientPlugin
from frp.plugin import Contribution

socks5 = Contribution(
    IClientPlugin, "socks5", "a SOCKS5 proxy into the network of frpc", "frp.plugins.socks5.kind.SOCKS5"
)
tls2raw = Contribution(IClientPlugin, "tls2raw", "ends TLS and passes on what is inside", "frp.plugins.tls2raw.TLS2Raw")
unixDomainSocket = Contribution(
    IClientPlugin,
    "unix_domain_socket",
    "passes users on to a Unix socket",
    "frp.plugins.unixdomainsocket.UnixDomainSocket",
)
staticFile = Contribution(
    IClientPlugin, "static_file", "the files of a folder, over HTTP", "frp.plugins.staticfile.StaticFile"
)
inspect = Contribution(
    IClientPlugin,
    "inspect",
    "passes HTTP on to a local service, and keeps requests",
    "frp.plugins.inspect.Inspect",
)
http2http = Contribution(
    IClientPlugin, "http2http", "passes HTTP on to a local service", "frp.plugins.bridges.HTTP2HTTP"
)
http2https = Contribution(
    IClientPlugin, "http2https", "passes HTTP on to a local service over TLS", "frp.plugins.bridges.HTTP2HTTPS"
)
https2http = Contribution(
    IClientPlugin, "https2http", "ends TLS and passes HTTP on to a local service", "frp.plugins.bridges.HTTPS2HTTP"
)
https2https = Contribution(
    IClientPlugin,
    "https2https",
    "ends TLS and passes HTTP on to a local service over TLS",
    "frp.plugins.bridges.HTTPS2HTTPS",
)
httpProxy = Contribution(
    IClientPlugin, "http_proxy", "an HTTP proxy into the network of frpc", "frp.plugins.httpproxy.HTTPProxy"
)
virtualNet = Contribution(
    IClientPlugin, "virtual_net", "visitors are peers in a network of IP", "frp.virtualnet.plugin.VirtualNetPlugin"
)
