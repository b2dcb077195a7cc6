"""
What every proxy type, transport and authenticator must do, as tests that its author mixes in::

    class EchoTests(ProxyKindContract, NetworkTestCase):
        name = "echo"
        table = {"remotePort": 6000}

        def use(self, client, proxy):
            user = self.network.user(6000)
            ...

The built-in ones pass the same.
"""

from frp.testing.contracts.authenticator import AuthenticatorContract
from frp.testing.contracts.proxykind import ProxyKindContract
from frp.testing.contracts.transport import TransportContract

__all__ = ["AuthenticatorContract", "ProxyKindContract", "TransportContract"]
