from frp.interfaces import IServerHookKind
from frp.plugin import Contribution

http = Contribution(IServerHookKind, "http", "asks an HTTP service", "frp.hooks.remote.HTTPPlugin")
