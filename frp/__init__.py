"""
frps and frpc on Twisted: a reverse proxy that is wire-compatible with fatedier/frp, and the plugin framework under it.

@var __version__: the version of this distribution.
@var COMPATIBLE: the release of fatedier/frp whose wire protocol, configuration and command texts this one speaks. It is
    what C{--version} prints and what a Login carries, because users' scripts and peers compare it.
@var expose: shows something of this program to the world: L{frp.exposing.exposure.expose}.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from frp.exposing import expose as expose

__version__ = "0.1.0"
COMPATIBLE = "0.70.1"


def __getattr__(name: str) -> object:
    # Only who asks for it pays for importing it.
    if name == "expose":
        from importlib import import_module

        return import_module("frp.exposing").expose
    raise AttributeError(f"module 'frp' has no attribute {name!r}")
