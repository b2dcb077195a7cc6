"""The kinds of frpx-echo, with frps and frpc in memory."""

from frp.testing.cases import NetworkTestCase
from frp.testing.contracts import ClientPluginContract, HookContract, ProxyKindContract


class ProxyTests(ProxyKindContract, NetworkTestCase):
    """The proxy type keeps what every proxy type promises."""

    name = "echo"
    table = {"remotePort": 6007, "greeting": "hi "}

    def use(self, client, proxy):
        user = self.network.user(6007)
        user.send(b"there")
        self.network.advance(1)
        self.assertEqual(user.received, b"hi there")

    def test_cut(self):
        """A user whose tunnel is cut is closed."""
        client = self.start()
        user = self.network.user(6007)
        self.network.carrier(client).cut()
        self.network.settle()
        self.assertTrue(user.closed)


class PluginTests(ClientPluginContract, NetworkTestCase):
    """The client plugin keeps what every client plugin promises."""

    name = "echo"
    table = {"greeting": "hi "}

    def use(self):
        user = self.network.user(self.port)
        user.send(b"there")
        self.network.advance(1)
        self.assertEqual(user.received, b"hi there")


class NamesTests(HookContract, NetworkTestCase):
    """The hook keeps what every hook promises."""

    name = "names"
    table = {"prefixes": ["p", "web-"]}

    def test_otherName(self):
        """A proxy with another name is refused in words; its user's name does not count."""
        client = self.start(user="ann")
        proxy = {"name": "ssh", "type": "tcp", "localPort": 1, "remotePort": 6001}
        client.update([*client.config.proxies, *self.network.proxies(proxy)])
        self.network.settle()
        self.assertEqual(client.session.proxies["ssh"].error, "the name of a proxy begins with p or web-")
        self.assertIn(6000, self.network.reactor.ports)
        self.assertNotIn(6001, self.network.reactor.ports)
