"""Which way two clients are told to go, and what both are told of it; learned from what has worked for such a pair."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from frp.nathole.behaviours import MODES, Behaviour, choices, swapped
from frp.nathole.classification import NATFeature, classified, hostsOf
from frp.values import define, frozen
from frp.wire.messages import DetectBehavior, NatHoleClient, NatHoleResp, NatHoleVisitor, PortsRange

__all__ = ["MAX_RECORDS", "Plan", "Plans", "answers"]

#: Of how many pairs it is kept what has worked.
MAX_RECORDS = 10_000

#: Milliseconds that a probe may take, and how many more where one of many ports must be hit.
_PATIENCE = 5000
_LUCK = 30_000

#: How far beyond the known ones the next ports of a NAT are looked for, and the highest score.
_BEYOND = 5
_HIGHEST = 10

Key = tuple[str, NATFeature, str, NATFeature]


@frozen
class Plan:
    """
    What is decided for one hole.

    @ivar key: the pair that it was decided for.
    @ivar mode: and
    @ivar index: are where the way stands in L{MODES}.
    """

    key: Key
    mode: int
    index: int
    client: Behaviour
    visitor: Behaviour


@define
class _Record:
    """The ways of one pair: mode, index and score of each."""

    scores: list[list[int]]
    usedAt: float


class Plans:
    """What has worked for whom. A pair that is not heard of for C{reserve} seconds is forgotten."""

    def __init__(self, reserve: float) -> None:
        self._reserve = reserve
        self._records: OrderedDict[Key, _Record] = OrderedDict()  # who was used last is last

    def __len__(self) -> int:
        return len(self._records)

    def decide(self, client: NatHoleClient, visitor: NatHoleVisitor, now: float) -> Plan:
        """
        The way that is most likely, which counts as failed until it is known to have worked.

        @param now: in seconds.
        @raise frp.errors.RemoteWireError: the addresses of one of the two say nothing.
        """
        c = classified(client.mapped_addrs, hostsOf(client.assisted_addrs))
        v = classified(visitor.mapped_addrs, hostsOf(visitor.assisted_addrs))
        key = hostsOf(visitor.mapped_addrs)[0], v, hostsOf(client.mapped_addrs)[0], c
        record = self._used(key, now)
        best = max(record.scores, key=lambda score: score[2])
        best[2] -= 1
        mode, index, _ = best
        first, second = MODES[mode][index]
        if swapped(mode, c):
            first, second = second, first
        return Plan(key, mode, index, first, second)

    def _used(self, key: Key, now: float) -> _Record:
        records = self._records
        record = records.pop(key, None)
        while records and (len(records) >= MAX_RECORDS or self._oldest().usedAt < now - self._reserve):
            records.popitem(last=False)
        if record is None or record.usedAt < now - self._reserve:
            record = _Record([list(choice) for choice in choices(key[3], key[1])], now)
        record.usedAt = now
        records[key] = record
        return record

    def _oldest(self) -> _Record:
        return next(iter(self._records.values()))

    def worked(self, plan: Plan, now: float) -> None:
        """The hole is there."""
        record = self._records.get(plan.key)
        if record is None:
            return
        record.usedAt = now
        self._records.move_to_end(plan.key)
        for score in record.scores:
            if score[:2] == [plan.mode, plan.index]:
                score[2] = min(score[2] + 2, _HIGHEST)


def answers(plan: Plan, sid: str, client: NatHoleClient, visitor: NatHoleVisitor) -> tuple[NatHoleResp, NatHoleResp]:
    """@return: what the proxy's client is told, and what the visitor."""
    longest = max(plan.client.delay, plan.visitor.delay) + _PATIENCE
    if plan.client.listens or plan.visitor.listens:
        longest += _LUCK
    _, visitorFeature, _, clientFeature = plan.key

    def told(transaction: str, own: Behaviour, other: NatHoleClient | NatHoleVisitor, far: NATFeature) -> NatHoleResp:
        candidates = _compact(other.mapped_addrs)
        near = [] if len(candidates) < len(other.mapped_addrs) else _near(candidates, far.portsDifference, own.near)
        return NatHoleResp(
            transaction_id=transaction,
            sid=sid,
            protocol=visitor.protocol,
            candidate_addrs=candidates,
            assisted_addrs=_compact(other.assisted_addrs),
            detect_behavior=DetectBehavior(
                role=own.role,
                mode=plan.mode,
                ttl=own.ttl,
                send_delay_ms=own.delay,
                read_timeout=longest - own.delay,
                candidate_ports=near,
                send_random_ports=own.random,
                listen_random_ports=own.listens,
            ),
        )

    return (
        told(client.transaction_id, plan.client, visitor, visitorFeature),
        told(visitor.transaction_id, plan.visitor, client, clientFeature),
    )


def _compact(addresses: Sequence[str]) -> list[str]:
    """@return: without those that follow their equal."""
    return [one for n, one in enumerate(addresses) if not n or one != addresses[n - 1]]


def _near(candidates: Sequence[str], difference: int, most: int) -> list[PortsRange]:
    """
    The ports around the last one. Of a NAT that has shown the same port twice the reference names none, by accident:
    what its list ends with is blank then. Nobody misses them.
    """
    if not most:
        return []
    port = int(candidates[-1].rpartition(":")[2])
    least, greatest = port - min(difference + _BEYOND, most), port + min(difference + _BEYOND, most)
    return [PortsRange(max(least, 1), min(greatest, 65535))]
