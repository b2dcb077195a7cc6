"""C{frps} without a sub-command: it serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from frp.cli.files import loadServer, read, registry, unnamed
from frp.cli.saying import hint
from frp.cli.usual import told
from frp.config.commandline import EXPLAIN, FRPS, SERVER

if TYPE_CHECKING:
    from frp.config.flags import Values
    from frp.config.load import Loaded
    from frp.config.server import ServerConfig

__all__ = ["FLAGS", "serve", "whole"]

FLAGS = (*FRPS, *SERVER, EXPLAIN)


def whole() -> type:
    """@return: the table of the configuration."""
    from frp.config.server import ServerConfig

    return ServerConfig


def serve(values: Values) -> int:
    """
    @return: the exit code.
    @raise frp.errors.FRPError: it cannot be begun.
    """
    code = told(values, whole)
    if code is not None:
        return code
    path = values.get("config", "")
    kinds = registry(values)

    def load() -> Loaded[ServerConfig]:
        return loadServer(path, values, kinds)

    config = read(load, serves=True)
    if config is None:
        return 1
    if not path and not any(flag.name in values for flag in SERVER):
        hint(unnamed("frps", "everything has its default", "flags do without (frps --help)"))
    from frp.cli.run import serveServer

    return serveServer(config, kinds, path, load)
