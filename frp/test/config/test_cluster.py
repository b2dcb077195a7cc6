"""What is wrong, or odd, about a node of several frps."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from frp.config.cluster import LONG
from frp.config.load import Loaded
from frp.config.server import ServerConfig
from frp.config.serverfile import serverFromValues
from frp.errors import ConfigErrors
from frp.kinds import Registry


def loaded(listens: str = "10.0.0.1", **cluster: Any) -> Loaded[ServerConfig]:
    """@return: the configuration of a node that awaits clients at this address."""
    values = {"bindAddr": listens, "cluster": {"store": "redis://h", "secret": "s" * LONG, **cluster}}
    return serverFromValues(values, registry=Registry())


class AdvertiseTests(SynchronousTestCase):
    """Others have to know where to dial."""

    def test_anywhere(self) -> None:
        """Who listens on all addresses says which one it is, and is told what to write."""
        for listens, own, named in (
            ("0.0.0.0", {}, "bindAddr is 0.0.0.0"),
            ("127.0.0.1", {"bindAddr": "::", "bindPort": 7200}, "cluster.bindAddr is ::"),
        ):
            (problem,) = self.assertRaises(ConfigErrors, loaded, listens, **own).problems
            self.assertEqual(problem.path, "cluster.advertise")
            self.assertIn(f"is required, for {named}, which other nodes cannot dial", problem.problem)
            self.assertIn(f'advertise = "10.0.0.1:{own.get("bindPort", 7100)}"', problem.hint)

    def test_somewhere(self) -> None:
        """An address is enough, wherever it stands; who is no node needs none."""
        loaded()
        loaded("0.0.0.0", advertise="a.example:7100")
        loaded("0.0.0.0", store="")


class SecretTests(SynchronousTestCase):
    """It is all that tells nodes from others."""

    def test_short(self) -> None:
        """One that can be guessed is taken, with a warning that does not say it."""
        doubts = [one for one in loaded(secret="x" * (LONG - 1)).doubts if "secret" in one]
        self.assertEqual(len(doubts), 1)
        self.assertIn("cluster.secret: a secret of 15 characters can be guessed", doubts[0])
        for fine in loaded(), serverFromValues({}, registry=Registry()):
            self.assertNotIn("secret", "".join(fine.doubts))
