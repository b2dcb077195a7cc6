"""The base of tests that run on a L{Network<frp.testing.network.Network>}."""

from __future__ import annotations

from twisted.logger import globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from frp import logs
from frp.kinds import Registry
from frp.testing.network import Network

__all__ = ["NetworkTestCase"]


class NetworkTestCase(SynchronousTestCase):
    """
    Has a network; in the end everything in it must stop and leave nothing behind.

    @cvar registry: where kinds are found; by default as the programs find them.
    @ivar network: a new one for each test.
    @ivar log: the lines that were logged.
    """

    registry: Registry | None = None

    def setUp(self) -> None:
        self.log: list[str] = []
        observer = logs.Observer(lambda line, when: self.log.append(line.decode()))
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)
        self.addCleanup(logs.setLevel, logs.setLevel("trace"))
        self.network = Network(self.registry)
        self.addCleanup(self._stop)

    def _stop(self) -> None:
        left = self.network.stop()
        if left:
            raise AssertionError(f"this was left behind: {', '.join(left)}")

    def logged(self, text: str) -> int:
        """@return: in how many lines this text stands."""
        return sum(text in line for line in self.log)
