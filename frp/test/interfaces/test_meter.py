"""Tests of what is counted."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from frp.interfaces.flowing import Meter


class MeterTests(SynchronousTestCase):
    """What a page shows of one proxy."""

    def testConnections(self) -> None:
        """Open connections are counted, and all there ever were."""
        meter = Meter()
        meter.opened()
        meter.opened()
        meter.closed(0, 0)
        self.assertEqual((meter.current, meter.total), (1, 2))

    def testBytes(self) -> None:
        """What a connection carried counts when it closes; datagrams count at once."""
        meter = Meter()
        meter.opened()
        meter.carried(1, 2)
        self.assertEqual((meter.bytesIn, meter.bytesOut), (1, 2))
        meter.closed(10, 20)
        self.assertEqual((meter.bytesIn, meter.bytesOut, meter.total), (11, 22, 1))
