"""
What every kind must do, as tests that its author mixes in::

    class EchoTests(ProxyKindContract, NetworkTestCase):
        name = "echo"
        table = {"remotePort": 6000}

        def use(self, client, proxy):
            user = self.network.user(6000)
            ...

The built-in ones pass the same.
"""

from frp.testing.contracts.authenticator import AuthenticatorContract
from frp.testing.contracts.clientplugin import ClientPluginContract
from frp.testing.contracts.directory import DirectoryContract
from frp.testing.contracts.gateway import GatewayContract
from frp.testing.contracts.hook import HookContract
from frp.testing.contracts.livetransport import LiveTransportContract
from frp.testing.contracts.proxykind import ProxyKindContract
from frp.testing.contracts.stream import StreamContract
from frp.testing.contracts.transport import TransportContract
from frp.testing.contracts.visitor import VisitorContract
from frp.testing.contracts.visitorplugin import VisitorPluginContract
from frp.testing.contracts.webpart import WebPartContract

__all__ = [
    "AuthenticatorContract",
    "ClientPluginContract",
    "DirectoryContract",
    "GatewayContract",
    "HookContract",
    "LiveTransportContract",
    "ProxyKindContract",
    "StreamContract",
    "TransportContract",
    "VisitorContract",
    "VisitorPluginContract",
    "WebPartContract",
]
