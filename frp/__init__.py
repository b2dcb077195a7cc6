"""
frps and frpc on Twisted: a reverse proxy that is wire-compatible with fatedier/frp, and the plugin framework under it.

@var __version__: the version of this distribution; @var COMPATIBLE: the release of fatedier/frp that it speaks:
    L{frp.version}.
@var expose: shows something of this program to the world: L{frp.exposing.exposure.expose}.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from frp.version import COMPATIBLE, __version__

if TYPE_CHECKING:
    from frp.exposing import expose as expose

__all__ = ["COMPATIBLE", "__version__", "expose"]


def __getattr__(name: str) -> object:
    # Only who asks for it pays for importing it.
    if name == "expose":
        from importlib import import_module

        return import_module("frp.exposing").expose
    raise AttributeError(f"module 'frp' has no attribute {name!r}")
