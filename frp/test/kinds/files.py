"""Plugin files for tests."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

__all__ = ["GOOD", "forgetAfter", "write"]

#: A kind of proxy that is like tcp, in a single file.
GOOD = """
    from zope.interface import implementer

    from frp.config.schema import key, table
    from frp.interfaces import IProxyKind
    from frp.kinds import Contribution
    from frp.proxies.tcp import TCP, TCPConfig


    @table
    class HelloConfig(TCPConfig):
        "Like tcp."

        greeting: str = key("", "Said first.")


    @implementer(IProxyKind)
    class Hello(TCP):
        schema = HelloConfig
        examples = ('name = "a"\\ntype = "hello"\\nlocalPort = 1',)


    hello = Contribution(IProxyKind, "hello", "like tcp", Hello)
"""


def write(folder: str, text: str, name: str = "hello.py") -> str:
    """@return: the path of a plugin file."""
    path = Path(folder, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text).lstrip())
    return str(path)


def forgetAfter(case: SynchronousTestCase) -> None:
    """Let the plugin files of a test be unknown to the next one."""
    before = set(sys.modules)
    case.addCleanup(lambda: [sys.modules.pop(name) for name in set(sys.modules) - before if "plugin_" in name])
