"""What every measurement stands on: a network, room for files, the services, and an end to all of it."""

from __future__ import annotations

import argparse
import contextlib
import resource
import signal
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.namespace import isolate
from benchmarks.services import Services

__all__ = ["Ground", "addNamespace", "standing"]


@dataclass(frozen=True)
class Ground:
    """
    @ivar network: one sentence on the network that is measured in.
    @ivar folder: for files, which are gone at the end.
    """

    network: str
    folder: Path
    services: Services


def addNamespace(parser: argparse.ArgumentParser) -> None:
    """Add the argument that L{standing} wants."""
    parser.add_argument(
        "--namespace",
        choices=("auto", "always", "never"),
        default="auto",
        help="whether to measure in a network namespace of its own (auto: where TCP would use bbr)",
    )


@contextlib.contextmanager
def standing(namespace: str) -> Iterator[Ground]:
    """
    The services, running. Whatever ends the bench, ends its children on the way out.

    @param namespace: see L{isolate<benchmarks.namespace.isolate>}.
    @raise RuntimeError: the services do not start.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda which, _: sys.exit(128 + which))
    network = isolate(namespace)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, hard), hard))
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="frp-benchmark-")))
        services = Services(folder)
        stack.callback(services.stop)
        yield Ground(network, folder, services)
