"""The ways to a hole, which both programs know by their numbers."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from frp.nathole.behaviours import MODES, Behaviour

#: Those of the reference, a mode each: what the end does that it names first, and what the other one does.
_REFERENCE = (
    (
        "sender | receiver ttl 7",
        "receiver ttl 7 | sender",
        "sender | receiver ttl 4",
        "receiver ttl 4 | sender",
        "sender | receiver",
        "receiver | sender",
        "sender delay 5000 | receiver",
        "sender delay 10000 | receiver",
        "receiver | sender delay 5000",
        "receiver | sender delay 10000",
    ),
    (
        "sender | receiver ttl 7 range 10",
        "sender delay 2000 | receiver ttl 7 range 10",
        "sender | receiver ttl 4 range 10",
        "sender delay 2000 | receiver ttl 4 range 10",
        "sender | receiver range 10",
        "sender delay 2000 | receiver range 10",
    ),
    (
        "sender random 1000 delay 3000 | receiver listen 256 ttl 7",
        "sender random 1000 delay 3000 | receiver listen 256 ttl 4",
        "sender random 1000 delay 3000 | receiver listen 256",
    ),
    (
        "sender range 10 | receiver ttl 7 range 10",
        "sender range 10 | receiver ttl 4 range 10",
        "sender range 10 | receiver range 10",
        "receiver ttl 7 range 10 | sender range 10",
        "receiver ttl 4 range 10 | sender range 10",
        "receiver range 10 | sender range 10",
    ),
    (
        "sender random 1000 delay 3000 | receiver listen 256 ttl 7 range 2",
        "sender random 1000 delay 3000 | receiver listen 256 ttl 4 range 2",
        "sender random 1000 delay 3000 | receiver listen 256 range 2",
    ),
)


def _said(behaviour: Behaviour) -> str:
    words = [behaviour.role]
    for word, number in (
        ("random", behaviour.random),
        ("delay", behaviour.delay),
        ("listen", behaviour.listens),
        ("ttl", behaviour.ttl),
        ("range", behaviour.near),
    ):
        words += [word, str(number)] if number else []
    return " ".join(words)


class ModesTests(SynchronousTestCase):
    """The tables."""

    def test_reference(self) -> None:
        """Each way has its number, and its two ends do what they do there."""
        found = tuple(tuple(f"{_said(first)} | {_said(second)}" for first, second in ways) for ways in MODES)
        self.assertEqual(found, _REFERENCE)
