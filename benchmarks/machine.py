"""
What the figures were taken on: without it a table means nothing to anyone else.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import ssl
from collections.abc import Sequence
from pathlib import Path

from benchmarks.peers import Implementation

__all__ = ["describe"]


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
