"""
The names of L{frp.kinds} that packages of others use: what a module in C{twisted/plugins} says, and how kinds are
found.

C{from frp.plugin import Contribution} stands in each of these modules.
"""

from frp.kinds import Broken, Contribution, Registry

__all__ = ["Broken", "Contribution", "Registry"]
