"""The commands of the shell. What needs little imports little."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

from frp.version import COMPATIBLE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from frp.config.flags import Flag, Values

__all__ = ["begin", "frpc", "frps"]


def frps() -> None:
    begin()
    from frp.cli.server import FLAGS, serve

    _serve("frps", FLAGS, serve)
    from frp.cli.frps import main

    main()


def frpc() -> None:
    begin()
    from frp.cli.client import FLAGS, serve

    _serve("frpc", FLAGS, serve)
    from frp.cli.frpc import main

    main()


def begin() -> None:
    """What comes before all imports. Whoever asks for the version only gets it, and nothing is imported."""
    if sys.argv[1:] in (["--version"], ["-v"]):
        print(COMPATIBLE)
        sys.exit()
    gc.disable()  # importing makes no garbage, and is 10 % faster so; frp.cli.lifetime turns it on
    from frp.cli.lazily import SELDOM, postpone

    for name in SELDOM:
        postpone(name)


def _serve(program: str, flags: Sequence[Flag], serve: Callable[[Values], int]) -> None:
    """
    Serve, if that is all that the command line asks for.

    @raise SystemExit: it was, and is over.
    """
    from frp.cli.usual import served, usual

    values = usual(program, sys.argv[1:], flags, os.environ)
    if values is not None:
        sys.exit(served(values, serve))
