"""
Which version this is, and of what.

@var __version__: the version of this distribution.
@var COMPATIBLE: the release of fatedier/frp whose wire protocol, configuration and command texts this one speaks. It is
    what C{--version} prints and what a Login carries, because users' scripts and peers compare it.
"""

__all__ = ["COMPATIBLE", "__version__"]

__version__ = "0.1.0"
COMPATIBLE = "0.70.1"
