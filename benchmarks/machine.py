"""What the figures were taken on: without it a table means nothing to anyone else."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import resource
import ssl
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.peers import Implementation
from benchmarks.processes import cpuSeconds

__all__ = ["ForeignLoad", "describe"]


def describe(implementations: Sequence[Implementation], network: str, webServer: str) -> dict[str, str]:
    """Name and value of everything that a reader needs to place the figures."""
    found = {
        "kernel": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processor": f"{_processor()}, {len(os.sched_getaffinity(0))} cores",
        "load before": f"{os.getloadavg()[0]:.2f}",
        "network": network,
        "web server": webServer,
        "Python": f"{platform.python_implementation()} {platform.python_version()}, {ssl.OPENSSL_VERSION}",
    }
    for package in ("txfrp", "Twisted", "cryptography", "pyOpenSSL", "cramjam"):
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    for one in implementations:
        found[f"frps of {one.name}"] = f"{one.version()} ({' '.join(one.commands['frps'])})"
    return found


def _processor() -> str:
    model = re.search(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return model.group(1) if model else platform.machine()


class ForeignLoad:
    """How much of the processors others take: a table that was taken beside a compiler tells little."""

    def __init__(self) -> None:
        self._clock, self._busy, self._own = time.monotonic(), _busySeconds(), _ownSeconds()

    def share(self) -> float:
        """Since construction, of all processors: from 0 to 1."""
        others = _busySeconds() - self._busy - (_ownSeconds() - self._own)
        whole = (time.monotonic() - self._clock) * (os.cpu_count() or 1)
        return max(0.0, others) / whole


def _busySeconds() -> float:
    """CPU seconds that the whole machine has spent, what a hypervisor took from it included."""
    user, nice, system, _, _, irq, softirq, steal = (
        int(field) for field in Path("/proc/stat").read_text().split(maxsplit=9)[1:9]
    )
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def _ownSeconds() -> float:
    """CPU seconds of the bench and all that it started: what lives, and what has been reaped."""
    reaped = resource.getrusage(resource.RUSAGE_CHILDREN)
    return cpuSeconds([os.getpid()]) + reaped.ru_utime + reaped.ru_stime
