"""Whose fault it is, where what a kind has made goes wrong at its work: the kind, the method, and its line."""

from __future__ import annotations

from collections.abc import Collection

from twisted.internet.defer import CancelledError, Deferred, fail, succeed
from twisted.python.failure import Failure
from zope.interface import Interface

from frp.errors import Fault, FRPError, PluginError, bugBehind
from frp.kinds.awaiting import later
from frp.kinds.places import pageOf, placeOf, placeOfError
from frp.kinds.promises import expected
from frp.logs import Log
from frp.values import frozen

__all__ = ["Blame", "report"]


@frozen
class Blame:
    """
    @ivar family: of the kind.
    @ivar name: of the kind.
    @ivar promised: the interface of what it has made; the family for the kind itself.
    @ivar place: where the kind is announced, for code of which nobody knows where it stands.
    """

    family: type[Interface]
    name: str
    promised: type[Interface]
    place: str = ""

    @property
    def title(self) -> str:
        """What errors call it."""
        return f"{self.family.__name__} {self.name!r}"

    def of(self, error: BaseException, thing: object, method: str) -> BaseException:
        """
        @return: the error that tells whose fault it is. What frp understands, and that something was cancelled, is
            nobody's: it stays.
        """
        if isinstance(error, (FRPError, CancelledError)) or not isinstance(error, Exception):
            return error
        brief = f"{self.title}: {method} failed"
        place = placeOfError(error) or placeOf(getattr(thing, method, thing)) or self.place
        what = f"{brief}: {type(error).__name__}: {error}"
        fault = Fault(what, place, expected(self.promised, method), pageOf(self.family))
        told = PluginError(brief, faults=[fault], bug=error)
        told.__cause__ = error
        return told

    def ask(
        self, thing: object, method: str, *arguments: object, known: Collection[type[BaseException]] = ()
    ) -> Deferred[object]:
        """
        Call a method.

        @param known: what it may raise besides L{FRPError}.
        @return: fires with the answer, or fails with what was raised, which is a L{PluginError} where it was none of
            these: at once, where it is there at once.
        """
        called = getattr(thing, method)
        try:
            answer = called(*arguments)
            coming = later(answer)
        except Exception:
            coming = fail()
        if coming is None:
            return succeed(answer)
        return coming.addErrback(self._failed, thing, method, known)

    def _failed(self, failure: Failure, thing: object, method: str, known: Collection[type[BaseException]]) -> Failure:
        if failure.check(*known) is not None:
            return failure
        assert failure.value is not None, "no failure is without"
        error = self.of(failure.value, thing, method)
        return failure if error is failure.value else Failure(error)

    def close(self, thing: object, log: Log, what: str) -> Deferred[object]:
        """
        Let something end that others made.

        @param what: what the log says where it fails, which is nobody's trouble but its own.
        """
        return self.ask(thing, "close").addErrback(lambda failure: report(log, what, failure))


def report(log: Log, what: str, failure: Failure, **fields: object) -> None:
    """
    Log that something could not be done: a bug with its traceback, and where it is a plugin's, with what there is to
    know of that. What frp understands is a warning.

    @param what: may name the fields.
    """
    error, bug = failure.value, bugBehind(failure.value)
    if not isinstance(error, FRPError):
        log.failure(what, failure, **fields)
    elif bug is None:
        log.warn(what + ": {reason}", reason=error.detail, **fields)
    else:
        log.failure(what + ": {reason}", Failure(bug), reason=error.detail, **fields)
