"""C{plugin.type = "echo"}: says back what it hears, in place of the local service."""

from zope.interface import implementer

from frp.config.proxy import PluginConfig
from frp.config.schema import key, table
from frp.interfaces import IClientPlugin
from frpx_echo.answering import answers

__all__ = ["Echo", "EchoConfig"]


@table
class EchoConfig(PluginConfig):
    """Says back what it hears, in place of the local service."""

    greeting: str = key("", "Said first to each user.")


@implementer(IClientPlugin)
class Echo:
    schema = EchoConfig
    examples = ('type = "echo"\n', 'type = "echo"\ngreeting = "hi "\n')

    def factory(self, config, site):
        return answers(config.greeting)
