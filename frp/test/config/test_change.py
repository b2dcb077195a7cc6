"""What a reload stops, starts and leaves alone."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from frp.config.change import Change, change
from frp.test.config.kinds import TCPConfig


class ChangeTests(SynchronousTestCase):
    """Old and new."""

    def test_change(self) -> None:
        """What stays the same is not touched; what changed is stopped and started."""
        same, gone, before = (TCPConfig(name=n, type="tcp", localPort=1) for n in "abc")
        equal = TCPConfig(name="a", type="tcp", localPort=1)
        after, new = TCPConfig(name="c", type="tcp", localPort=2), TCPConfig(name="d", type="tcp")
        found = change([same, gone, before], [new, after, equal])
        self.assertEqual(found, Change(start=(new, after), stop=(gone, before)))
        self.assertEqual(found.names, {"added": ["d"], "changed": ["c"], "removed": ["b"]})

    def test_deep(self) -> None:
        """A difference deep down is a difference."""
        old, new = TCPConfig(name="a", type="tcp"), TCPConfig(name="a", type="tcp")
        new.transport.useEncryption = True
        self.assertEqual(change([old], [new]).start, (new,))
