"""C{type = "echo"}: a TCP port of the server that says back what it hears."""

from twisted.internet.protocol import Factory, Protocol
from zope.interface import implementer

from frp.config.schema import key, table
from frp.interfaces import IClientProxy, IProxyKind, IServerProxy
from frp.proxies.remoteport import RemotePort, RemotePortConfig
from frpx_echo.answering import answers

__all__ = ["Echo", "EchoConfig"]


@table
class EchoConfig(RemotePortConfig):
    """A TCP port of the server that says back what it hears."""

    greeting: str = key("", "Said first to each user.")


class User(Protocol):
    """Somebody has connected to the port."""

    def connectionMade(self):
        self.factory.site.join(self.transport)


@implementer(IServerProxy)
class Port:
    """What frps does: it opens the port."""

    def __init__(self, message, site):
        self.port, self.site = message.remote_port, site
        self.users = Factory.forProtocol(User)
        self.users.site = site

    async def open(self):
        return f":{await self.site.listen(self.port, self.users)}"

    def close(self):
        return self.site.release()


@implementer(IClientProxy)
class Parrot:
    """What frpc does: it answers. Encryption, compression and limits are the site's business."""

    def __init__(self, config, site):
        self.answers, self.site = answers(config.greeting), site

    def open(self):
        """There is nothing to open."""

    def serve(self, stream, start, rest):
        self.site.handOver(stream, self.answers.buildProtocol(None), rest)

    def close(self):
        """There is nothing to close."""


@implementer(IProxyKind)
class Echo(RemotePort):
    schema = EchoConfig
    examples = ('name = "parrot"\ntype = "echo"\nremotePort = 6007\ngreeting = "hi "\n',)
    serverProxy = Port
    clientProxy = Parrot
