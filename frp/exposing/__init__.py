"""
Tunnels from Python: C{frp.expose}.

It is frpc, with one proxy, in the hands of a program: a coroutine of Twisted or of asyncio, a script, or a notebook.
"""

from frp.exposing.exposure import Exposure, expose
from frp.exposing.tunnel import Tunnel

__all__ = ["Exposure", "Tunnel", "expose"]
