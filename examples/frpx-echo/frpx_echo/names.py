"""C{type = "names"}: clients may only have proxies whose names begin as they should."""

from zope.interface import implementer

from frp.config.schema import key, table
from frp.config.server import HookConfig
from frp.errors import Refused
from frp.hooks.base import ServerHook
from frp.interfaces import IServerHookKind

__all__ = ["Names", "NamesConfig"]


@table
class NamesConfig(HookConfig):
    """Clients may only have proxies whose names begin as they should."""

    prefixes: list[str] = key(list, "How a name may begin, behind the user's name and the dot.")


class Watching(ServerHook):
    """On one server."""

    operations = ("NewProxy",)

    def __init__(self, config):
        self.name, self.prefixes = config.name, tuple(config.prefixes)

    def newProxy(self, operation):
        user, message = operation.caller.user, operation.message
        name = message.proxy_name.removeprefix(f"{user}." if user else "")
        if not name.startswith(self.prefixes):
            raise Refused(f"the name of a proxy begins with {' or '.join(self.prefixes)}")
        return message


@implementer(IServerHookKind)
class Names:
    schema = NamesConfig
    examples = ('type = "names"\nname = "tidy"\nprefixes = ["web-", "ssh-"]\n',)

    def hook(self, config, site):
        return Watching(config)
