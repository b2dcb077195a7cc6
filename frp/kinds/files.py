"""A plugin in a single file, without packaging."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from types import ModuleType

from frp.errors import Fault, PluginError
from frp.kinds.contribution import Contribution
from frp.kinds.places import pageOf, placeOfError, shortened

__all__ = ["contributionsIn"]


def contributionsIn(path: str) -> list[Contribution]:
    """
    Run a file, as a module of its own, and find the announcements in it.

    @raise PluginError: it cannot be run, or announces nothing; with file and line.
    """
    try:
        module = _run(os.path.abspath(path))
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        if isinstance(error, OSError) and error.filename == os.path.abspath(path):
            reason = (error.strerror or "it cannot be read").lower()
        what = f"the plugin file {path} cannot be used: {reason}"
        expected = "a Python file that can be run by itself"
        raise _error(path, what, placeOfError(error) or shortened(path, 0), expected) from error
    found = [one for one in vars(module).values() if isinstance(one, Contribution) and one.origin == module.__name__]
    if not found:
        what = f"the plugin file {path} announces nothing"
        raise _error(
            path, what, shortened(path, 1), 'a line such as: hello = Contribution(IProxyKind, "hello", "...", Hello)'
        )
    return found


def _error(path: str, what: str, place: str, expected: str) -> PluginError:
    return PluginError(f"the plugin file {path} cannot be used", faults=[Fault(what, place, expected, pageOf())])


def _run(path: str) -> ModuleType:
    """@return: the module, the same one each time; its name is that of the file, made unlike all others."""
    name = "plugin_" + re.sub(r"\W", "_", os.path.basename(path).removesuffix(".py"))
    while name in sys.modules and sys.modules[name].__file__ != path:
        name += "_"
    if name in sys.modules:
        return sys.modules[name]
    with open(path, "rb") as opened:
        code = compile(opened.read(), path, "exec", dont_inherit=True)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None, "only of names without .py nothing is known, and those are not asked for"
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        exec(code, module.__dict__)
    except BaseException:
        del sys.modules[name]
        raise
    return module
