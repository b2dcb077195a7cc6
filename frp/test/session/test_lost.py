"""Tests of the words for a connection that was lost."""

from __future__ import annotations

from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import TunnelLost
from frp.session.lost import howLost


class LostTests(SynchronousTestCase):
    """Why a connection was lost."""

    def test_words(self) -> None:
        """Twisted's errors are told in plain words, with what the system has said; ours say it themselves."""
        for error, words in (
            (ConnectionDone(), "the other side has closed it"),
            (ConnectionAborted(), "this side has broken it off"),
            (ConnectionLost(), "it broke"),
            (ConnectionLost("the peer reset the stream"), "it broke: the peer reset the stream"),
            (TunnelLost("heartbeat timeout"), "heartbeat timeout"),
        ):
            self.assertEqual(howLost(Failure(error)), words)
        self.assertEqual(howLost(None), "nobody knows why")
