"""How both programs answer Prometheus, and what they tell it of their process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.exposition import generate_latest

from frp.values import frozen
from frp.web.operations import Media

__all__ = ["EXPOSITION", "Exposition", "Family"]

EXPOSITION = Media("text/plain; version=0.0.4; charset=utf-8; escaping=values")

# Lines that are one piece.
_AT_ONCE = 64


@frozen
class Family:
    """
    The metrics of one name, which are left out where there are no samples.

    @ivar samples: labels, and a value. Each is taken when it is written.
    @ivar kind: C{gauge} or C{counter}.
    """

    name: str
    help: str
    samples: Iterable[tuple[Mapping[str, str], float]]
    kind: str = "gauge"


class Exposition:
    """
    Writes families, and those of this process. C{prometheus_client} writes only the latter: it would append C{_total}
    to the names of the reference's counters, write 1 as C{1.0}, and all lines at once.
    """

    def __init__(self) -> None:
        self._process = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)

    def pieces(self, families: Iterable[Family]) -> Iterator[str]:
        """@return: the text format of Prometheus, a few lines at a time."""
        for family in families:
            yield from _lines(family)
        yield generate_latest(self._process).decode()


def _lines(family: Family) -> Iterator[str]:
    name, left = family.name, iter(family.samples)
    head = f"# HELP {name} {family.help}\n# TYPE {name} {family.kind}\n"
    while some := list(islice(left, _AT_ONCE)):
        yield head + "".join([f"{name}{_braced(labels)} {value}\n" for labels, value in some])
        head = ""


def _braced(labels: Mapping[str, str]) -> str:
    pairs = [f'{name}="{_escaped(value)}"' for name, value in labels.items()]
    return f"{{{','.join(pairs)}}}" if pairs else ""


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
