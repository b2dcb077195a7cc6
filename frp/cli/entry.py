"""The commands of the shell. What needs little imports little."""

from __future__ import annotations

import gc
import sys

from frp.version import COMPATIBLE

__all__ = ["frpc", "frps"]


def frps() -> None:
    _begin()
    from frp.cli.frps import main

    main()


def frpc() -> None:
    _begin()
    from frp.cli.frpc import main

    main()


def _begin() -> None:
    if sys.argv[1:] in (["--version"], ["-v"]):
        print(COMPATIBLE)
        sys.exit()
    gc.disable()  # importing makes no garbage, and is 10 % faster so; frp.cli.lifetime turns it on
    from frp.cli.lazily import SELDOM, postpone

    for name in SELDOM:
        postpone(name)
