"""What one of several workers serves."""

from __future__ import annotations

import os
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from frp.config.serverfile import serverFromValues
from frp.errors import ConfigErrors
from frp.interfaces.operations import Caller
from frp.kinds import Registry
from frp.server.cluster.announced import Announced
from frp.server.cluster.worker import countOf, mirrored, partOf
from frp.wire.messages import Login, NewProxy

REGISTRY = Registry()


def configured(**values: Any) -> Any:
    """@return: the configuration of a frps."""
    return serverFromValues(values, registry=REGISTRY).config


class PartTests(SynchronousTestCase):
    """Of one configuration each worker has its part."""

    def test_once(self) -> None:
        """What there is only once is the first one's; the ports that all have stay, and the whole is not changed."""
        whole = configured(
            workers=2,
            bindPort=7001,
            kcpBindPort=7002,
            quicBindPort=7003,
            vhostHTTPPort=7004,
            statsFile="stats.db",
            webServer={"port": 7005},
            cluster={"rebalance": 20, "rebalanceShare": 5, "advertise": "h:1"},
        )
        parts = [partOf(whole, number, "s") for number in (1, 2)]
        once = [(each.kcpBindPort, each.quicBindPort, each.statsFile, each.webServer.port) for each in (whole, *parts)]
        self.assertEqual(once, [(7002, 7003, "stats.db", 7005)] * 2 + [(0, 0, "", 7005)])
        self.assertEqual([(each.bindPort, each.vhostHTTPPort) for each in parts], [(7001, 7004)] * 2)
        self.assertEqual([each.cluster.node for each in parts], ["worker 1", "worker 2"])
        self.assertEqual({each.cluster.secret for each in parts}, {"s"})
        balance = {(each.cluster.rebalance, each.cluster.rebalanceShare, each.cluster.advertise) for each in parts}
        self.assertEqual(balance, {(20, 5, "")})
        self.assertEqual(whole.cluster.store, "")

    def test_count(self) -> None:
        """None is one for each processor that this process may use."""
        self.assertEqual(countOf(configured(workers=3)), 3)
        self.assertEqual(countOf(configured(workers=0)), len(os.sched_getaffinity(0)))
        self.assertEqual(countOf(configured()), 1)

    def test_refused(self) -> None:
        """So many, and nodes of a cluster that are workers, there cannot be."""
        for values, reason in (
            ({"workers": 65}, "invalid workers, it is 1 to 64"),
            ({"workers": -1}, "invalid workers, it is 1 to 64"),
            ({"workers": 2, "cluster": {"store": "redis://h", "secret": "s"}}, "workers cannot be used together with"),
        ):
            error = self.assertRaises(ConfigErrors, configured, **values)
            self.assertIn(reason, str(error))


class MirroredTests(SynchronousTestCase):
    """Which proxies of another worker are open here."""

    def announced(self, type: str, port: int = 0, group: str = "") -> Announced:
        """@return: an open proxy."""
        message = NewProxy(proxy_name="a", proxy_type=type, group=group)
        return Announced("n", message, Login(), Caller("", {}, "r", "h:1", ""), "v1", port)

    def test_shared(self) -> None:
        """Those that share a port or have none; one with a port of its own is not."""
        for type in ("http", "https", "tcpmux", "stcp", "sudp"):
            self.assertTrue(mirrored(self.announced(type)), type)
        self.assertTrue(mirrored(self.announced("tcp", 6000, "g")))
        for type, port in ("tcp", 6000), ("udp", 6000):
            self.assertFalse(mirrored(self.announced(type, port)), type)
