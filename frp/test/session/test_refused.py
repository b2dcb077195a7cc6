"""What frpc says to words of frps."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from frp.session.refused import explained
from frp.testing.cases import NetworkTestCase


class RemedyTests(SynchronousTestCase):
    """The words themselves stand at the front."""

    def test_known(self) -> None:
        """What to do follows."""
        for refusal, remedy in (
            ("port already used", "; another proxy has it: take another remotePort, or 0 for any that is free"),
            ("port unavailable", "; another program on that machine has it: "),
            ("port not allowed", "; it is not among the allowPorts of frps: "),
            ("new proxy [web] error: proxy [web] already exists", "; another session has it: "),
            ("type [http] not supported when vhost http port is not set", "; set vhostHTTPPort in frps"),
            ("exceed the max_ports_per_client", "; maxPortsPerClient in frps is less: "),
            ("custom listener for [a.b] doesn't exist", "; there is no stcp or sudp proxy of this name now: look at "),
            ("xtcp server for [a.b] doesn't exist", "; there is no xtcp proxy of this name now: look at serverName, "),
            ("visitor connection of [a.b] auth failed", "; secretKey is another than that of the proxy: "),
            ("xtcp connection of [a.b] auth failed", "; secretKey is another "),
            ("visitor connection of [a.b] user [] not allowed", "; allowUsers of the proxy does not have this user: "),
            ("xtcp visitor user [u] not allowed for [a.b]", "; allowUsers of the proxy "),
        ):
            self.assertTrue(explained(refusal).startswith(refusal + remedy), explained(refusal))

    def test_others(self) -> None:
        """Nothing is added to what nobody knows, such as the words of a hook."""
        self.assertEqual(explained("you are not welcome"), "you are not welcome")


class RefusedTests(NetworkTestCase):
    def test_log(self) -> None:
        """It is in the log; the status of the proxy has the words of frps alone."""
        self.network.server()
        proxy = {"type": "tcp", "localPort": 80, "remotePort": 6000}
        client = self.network.client(proxies=[{**proxy, "name": "a"}, {**proxy, "name": "b"}])
        assert client.session is not None
        self.assertEqual(client.session.proxies["b"].error, "port already used")
        self.assertEqual(self.logged("start error: port already used; another proxy has it: take another"), 1)
