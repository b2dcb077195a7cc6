"""Who has what: owners on this node, whose claims stand in the directory."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from itertools import count
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import Holder, Refused
from frp.interfaces import Entry, IClaimant, IClaims, IDirectory, ITenant, Key, Tenure, holderOf
from frp.server.registry.mirrored import Mirrored
from frp.values import frozen

__all__ = ["Claims", "Elsewhere", "TenantOf", "tell", "tenantOf", "tenureOf"]

#: Whose an owner is that does not say so itself: who is told when it is lost.
TenantOf = Callable[[object], ITenant | None]


@implementer(IClaimant)
@frozen(repr=False)
class Elsewhere:
    """An owner on another node."""

    holder: Holder

    @classmethod
    def of(cls, entry: Entry) -> Elsewhere:
        """@param entry: of any registry of a node."""
        value = entry.value
        return cls(Holder(proxy=str(value.get("proxy", "")), client=str(value.get("client", ""))))

    def __repr__(self) -> str:
        return str(self.holder)


def tenantOf(owner: object) -> ITenant | None:
    """@return: the owner itself, where it holds something as one of several that come one after another."""
    return ITenant(owner, None)


def tenureOf(tenant: ITenant | None) -> Tenure:
    return Tenure() if tenant is None else tenant.tenure


def tell(tenant: ITenant | None, other: Entry) -> None:
    """Something that an owner holds is another's now."""
    if tenant is not None:
        tenant.dispossessed(Elsewhere.of(other).holder)


@frozen(eq=False)
class _Holding:
    """@ivar number: what the owner is called in the directory; empty where another node's proxy has it."""

    owner: object
    number: str


@implementer(IClaims)
class Claims:
    """Claims of one kind."""

    def __init__(
        self, directory: IDirectory, kind: str, mirrored: Mirrored | None = None, tenantOf: TenantOf = tenantOf
    ) -> None:
        """@param kind: the word that tells their keys from others in the directory."""
        self._directory = directory
        self._kind = kind
        self._mirrored = mirrored or Mirrored()
        self._tenantOf = tenantOf
        self._holdings: dict[Hashable, _Holding] = {}
        self._numbers = count(1)

    def held(self) -> int:
        return len(self._holdings)

    def owner(self, what: str | Key) -> object:
        """@return: who of this node has it, or None."""
        holding = self._holdings.get(what)
        return None if holding is None else holding.owner

    def claim(self, what: str | Key, owner: object) -> Deferred[object]:
        before, mirrored = self._holdings.get(what), self._mirrored.owns(owner)
        if mirrored:
            # Its own node has claimed it.
            before = self._holdings.setdefault(what, _Holding(owner, ""))
        if before is not None and (before.number or mirrored):
            return succeed(None if before.owner == owner else before.owner)
        holding = _Holding(owner, str(next(self._numbers)))
        if before is None:
            self._holdings[what] = holding
        asking: Deferred[Any] = self._ask(what, holding, {})
        return asking.addCallbacks(self._answered, self._unanswered, (what, holding, before), {}, (what, holding))

    def _answered(
        self, other: Entry | None, what: Hashable, holding: _Holding, before: _Holding | None
    ) -> object | Deferred[None]:
        """@return: who has it in place of the owner, or None."""
        if other is not None:
            self._drop(what, holding)
            return Elsewhere.of(other)
        if before is None:
            return None
        return self._mirrored.ownerYielded(before.owner).addCallback(lambda _: self._holdings.update({what: holding}))

    def _unanswered(self, failure: Failure, what: Hashable, holding: _Holding) -> Failure:
        self._drop(what, holding)
        return failure

    def _ask(self, what: str | Key, holding: _Holding, more: Mapping[str, object]) -> Deferred[Entry | None]:
        owner = holding.owner
        holder = holderOf(owner)
        value = {} if holder is None else {"proxy": holder.proxy, "client": holder.client}
        tenure = tenureOf(self._tenantOf(owner))
        entry = Entry(self._key(what), holding.number, {**value, **more}, tenure=tenure)
        return self._directory.claim(entry, lambda other: self._lost(what, holding, other))

    def say(self, what: str | Key, more: Mapping[str, object]) -> Deferred[None]:
        def answered(other: Entry | None) -> None:
            if other is not None:
                raise Refused(f"it is that of {Elsewhere.of(other)!r} by now")

        holding = self._holdings.get(what)
        if holding is None:
            return fail(Refused("nobody here has it any more"))
        return self._ask(what, holding, more).addCallback(answered)

    def _lost(self, what: Hashable, holding: _Holding, other: Entry) -> None:
        if self._drop(what, holding):
            tell(self._tenantOf(holding.owner), other)

    def _drop(self, what: Hashable, holding: _Holding) -> bool:
        current = self._holdings.get(what) is holding
        if current:
            del self._holdings[what]
        return current

    def release(self, what: str | Key, owner: object) -> Deferred[None]:
        holding = self._holdings.get(what)
        if holding is None or holding.owner != owner:
            return succeed(None)
        del self._holdings[what]
        return self._directory.release(self._key(what), holding.number) if holding.number else succeed(None)

    def find(self, what: str | Key) -> Deferred[object]:
        holding = self._holdings.get(what)
        if holding is not None:
            return succeed(holding.owner)
        return self._directory.find(self._key(what)).addCallback(
            lambda entries: Elsewhere.of(entries[0]) if entries else None
        )

    def _key(self, what: str | Key) -> Key:
        return (self._kind, what) if isinstance(what, str) else (self._kind, *what)
