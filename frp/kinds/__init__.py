"""
Finding kinds: the one door through which the built-ins and everybody's plugins come in.

A package takes part by putting a module into C{twisted/plugins/} with lines such as::

    echo = Contribution(IProxyKind, "echo", "says back what it hears", "frpx_echo.Echo")

A single file takes part by being named on the command line, C{--plugin ./echo.py}; there the line may name the class
itself::

    echo = Contribution(IProxyKind, "echo", "says back what it hears", Echo)
"""

from frp.kinds.contribution import Contribution
from frp.kinds.registry import Broken, Registry

__all__ = ["Broken", "Contribution", "Registry"]
