"""Where the parts of a plugin stand, and the page that says how they are written."""

from __future__ import annotations

import inspect
import os
import traceback
from collections.abc import Collection
from typing import Any

from zope.interface import Interface

__all__ = ["NOT_INSTALLED", "notInstalled", "pageOf", "placeOf", "placeOfError", "shortened"]

#: What to ask who names a kind that is not known.
NOT_INSTALLED = "is its plugin installed, or its file named with --plugin?"

_PAGES = {
    "IAdminPartKind": "extending/web",
    "IAuthenticatorKind": "extending/authenticator",
    "IClientDoor": "extending/transport",
    "IClientPartKind": "extending/part",
    "IClientPlugin": "extending/plugin",
    "IDashboardPartKind": "extending/web",
    "IDirectoryKind": "extending/directory",
    "IGatewayKind": "extending/gateway",
    "IProxyKind": "extending/proxy",
    "IServerHookKind": "extending/hook",
    "ITunnelTransport": "extending/transport",
    "IVisitorKind": "extending/visitor",
    "IVisitorPlugin": "extending/visitor-plugin",
}

# Files through which every import goes, or that the lines of a plugin call to declare something.
_PASSED = (
    os.path.dirname(__file__),
    "frp/config/checking.py",
    "frp/config/declare.py",
    "twisted/plugin.py",
    "twisted/python/reflect.py",
    "importlib/__init__.py",
)


def notInstalled(name: str, near: Collection[str]) -> str:
    """
    @param name: of a kind that is not known; empty where none was named.
    @param near: the names that are spelled like it.
    @return: what to ask about it besides; nothing where one of these is it, but for capital letters.
    """
    return NOT_INSTALLED if name and name.lower() not in (one.lower() for one in near) else ""


def pageOf(family: type[Interface] | None = None) -> str:
    """@return: the name of the page about an interface, as C{frpc docs} takes it."""
    return _PAGES.get(family.__name__ if family is not None else "", "extending/index")


def shortened(file: str, line: int) -> str:
    """C{file:line}, from the current folder where the file is below it; without the line, where that is 0."""
    at = f":{line}" if line else ""
    try:
        short = os.path.relpath(file)
    except (OSError, ValueError):  # the folder is gone, or on another drive
        return f"{file}{at}"
    return f"{file if short.startswith(os.pardir) else short}{at}"


def placeOf(thing: Any) -> str:
    """@return: where a class, a function, a method, or an instance's class is defined; empty where nobody knows."""
    function = inspect.unwrap(getattr(thing, "__func__", thing))
    code = getattr(function, "__code__", None)
    if code is not None:
        return shortened(code.co_filename, code.co_firstlineno)
    try:
        found = thing if isinstance(thing, type) else type(thing)
        return shortened(inspect.getsourcefile(found) or "?", inspect.getsourcelines(found)[1])
    except (OSError, TypeError):
        return ""


def placeOfError(error: BaseException) -> str:
    """@return: the innermost line of a plugin's code that led to the error; empty where there is none."""
    if isinstance(error, SyntaxError) and error.filename:
        return shortened(error.filename, error.lineno or 0)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        passed = frame.filename.startswith(("<", _PASSED[0])) or frame.filename.endswith(_PASSED[1:])
        if not passed:
            return shortened(frame.filename, frame.lineno or 0)
    return ""
