"""
How tests start frps and frpc as children.

The environment variable C{FRP_TEST_WORKERS} names a number of workers: each frps that is started so has as many, unless
its configuration says itself how many, or has a store of nodes, with which there can be none.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["BIN", "READY", "WORKERS", "command", "installed", "python", "several", "twist", "twistd"]

#: Where our commands are installed.
BIN = Path(sys.executable).parent

WORKERS = int(os.environ.get("FRP_TEST_WORKERS", "1"))

#: What a service manager hears of a frps that serves.
READY = f"READY=1\nSTATUS={WORKERS} workers serve".encode() if WORKERS != 1 else b"READY=1"

# On the command line, for children are given environments of their own.
_SEVERAL = f"from frp.test.started import several; several({WORKERS})\n" if WORKERS != 1 else ""


def python(code: str, *, packages: str = "") -> list[str]:
    """
    @param packages: a folder in which packages are found, in place of where it is started.
    @return: the words that run a program in which frps may be started.
    """
    first = f"import sys; sys.path[0] = {packages!r}\n" if packages else ""
    return [sys.executable, "-c", first + _SEVERAL + code]


def command(program: str, *, packages: str = "") -> list[str]:
    """@return: the words that start C{frps} or C{frpc}; for frps it is as for C{python}."""
    code = f"from frp.cli.entry import {program}; {program}()"
    return python(code, packages=packages) if program == "frps" else [sys.executable, "-c", code]


def installed(program: str) -> list[str]:
    """@return: the same, as it is installed."""
    if _SEVERAL and program == "frps":
        return python("from frp.cli.entry import frps; frps()")
    return [str(BIN / program)]


def twistd(*words: str) -> list[str]:
    """@return: the words that start C{twistd} with these."""
    return [*python("import sys; sys.argv[0] = 'twistd'; from twisted.scripts.twistd import run; run()"), *words]


def twist(*words: str) -> list[str]:
    """@return: the same for C{python -m twisted}."""
    return [*python("import runpy; runpy.run_module('twisted', run_name='__main__')"), *words]


def several(workers: int) -> None:
    """From now on a configuration of frps in this process that says nothing of workers asks for so many."""
    from frp.config.server import ServerConfig

    complete = ServerConfig.__attrs_post_init__

    def completed(self: ServerConfig) -> None:
        complete(self)
        if self.workers == 1 and not self.cluster.store:
            self.workers = workers

    ServerConfig.__attrs_post_init__ = completed  # type: ignore[method-assign]
