from frp.interfaces import IClientPlugin, IProxyKind, IServerHookKind
from frp.plugin import Contribution

proxy = Contribution(IProxyKind, "echo", "says back what it hears", "frpx_echo.proxy.Echo")
plugin = Contribution(IClientPlugin, "echo", "says back what it hears", "frpx_echo.plugin.Echo")
names = Contribution(IServerHookKind, "names", "proxies whose names begin as they should", "frpx_echo.names.Names")
