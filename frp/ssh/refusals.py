"""What the log is told of those who are not let in."""

from __future__ import annotations

import binascii
from collections.abc import Collection
from hashlib import sha256

from twisted.internet.interfaces import IReactorTime

from frp.logs import Log

__all__ = ["SILENCE", "Refusals", "fingerprint"]

#: Seconds between two lines. Anybody may make there be a reason for one.
SILENCE = 10


def fingerprint(key: bytes) -> str:
    """@return: what C{ssh-keygen -l} calls a public key, which is given as in the wire's messages."""
    return "SHA256:" + binascii.b2a_base64(sha256(key).digest(), newline=False).decode().rstrip("=")


class Refusals:
    """Those of one server: the first is told at once, and now and then another one, with the number of the rest."""

    def __init__(self, clock: IReactorTime, log: Log) -> None:
        self._clock = clock
        self._log = log
        self._untold = 0
        self._toldAt = float("-inf")

    def tell(self, who: str, keys: Collection[str], why: str) -> None:
        """
        A client is gone without having been let in.

        @param keys: the fingerprints of those that it has offered.
        """
        now = self._clock.seconds()
        if now - self._toldAt < SILENCE:
            self._untold += 1
            return
        more = f"; {self._untold} more since the last such line" if self._untold else ""
        self._toldAt, self._untold = now, 0
        self._log.warn(
            "{who} cannot log in by SSH with {keys}: {why}{more}", who=who, keys=", ".join(keys), why=why, more=more
        )
