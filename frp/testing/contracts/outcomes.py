"""What came of it."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from frp.client.service import FRPClient
from frp.client.session import ClientSession
from frp.interfaces import IDialSite
from frp.testing.network import Network

__all__ = ["dialSiteOf", "failure", "result", "sessionOf"]


def dialSiteOf(client: FRPClient) -> IDialSite:
    """@return: what a client that has started gives to its transport."""
    towards = client.remotes[0].towards
    assert towards is not None, "the client has not started"
    return towards.dialSite


def sessionOf(client: FRPClient) -> ClientSession:
    """@return: the session of a client that is in."""
    assert client.session is not None, "the client is not in"
    return client.session


def _outcome(network: Network, deferred: Deferred[Any]) -> Any:
    """@return: the result, or the Failure, that comes within a minute."""
    outcome: list[Any] = []
    deferred.addBoth(outcome.append)
    network.settle()
    if not outcome:
        network.advance(60)
    assert outcome, "nothing came of it in a minute"
    return outcome[0]


def result(network: Network, deferred: Deferred[Any]) -> Any:
    """@return: what comes of it within a minute; what is raised is raised."""
    outcome = _outcome(network, deferred)
    if isinstance(outcome, Failure):
        outcome.raiseException()
    return outcome


def failure(network: Network, deferred: Deferred[Any]) -> Failure:
    """@return: what goes wrong within a minute."""
    outcome = _outcome(network, deferred)
    assert isinstance(outcome, Failure), f"it should have failed, and gave {outcome!r}"
    return outcome
