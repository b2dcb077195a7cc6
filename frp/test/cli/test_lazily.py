"""Modules that run when they are used."""

from __future__ import annotations

import importlib.util
import os
import sys

from twisted.trial.unittest import SynchronousTestCase

from frp.cli.lazily import SELDOM, postpone


class PostponeTests(SynchronousTestCase):
    """A package C{seldom} with a module C{used}, which says that it runs by a name in C{sys.modules}."""

    def setUp(self) -> None:
        folder = self.mktemp()
        os.makedirs(f"{folder}/seldom")
        for name, text in (("__init__", ""), ("used", "import sys\nsys.modules['seldom.ran'] = sys\nVALUE = 5\n")):
            with open(f"{folder}/seldom/{name}.py", "w", encoding="utf-8") as module:
                module.write(text)
        self.patch(sys, "path", [os.path.abspath(folder), *sys.path])
        importlib.invalidate_caches()
        self.addCleanup(self._forget)

    def _forget(self) -> None:
        for name in [name for name in sys.modules if name.partition(".")[0] == "seldom"]:
            del sys.modules[name]

    def test_used(self) -> None:
        """It runs when something in it is asked for, and not when its package gives it."""
        postpone("seldom.used")
        module = vars(importlib.import_module("seldom"))["used"]
        self.assertIs(sys.modules["seldom.used"], module)
        self.assertNotIn("seldom.ran", sys.modules)
        self.assertEqual(module.VALUE, 5)
        self.assertIn("seldom.ran", sys.modules)

    def test_imported(self) -> None:
        """An import by its own name runs it."""
        postpone("seldom.used")
        self.assertEqual(importlib.import_module("seldom.used").VALUE, 5)
        self.assertIn("seldom.ran", sys.modules)

    def test_another(self) -> None:
        """One that puts another in its place, as Twisted's do that warn of old names, can be used the first time."""
        spec = importlib.util.find_spec("seldom.used")
        assert spec is not None
        assert spec.origin is not None
        with open(spec.origin, "a", encoding="utf-8") as module:
            module.write("import types\nsys.modules[__name__] = types.ModuleType(__name__)\n")
        postpone("seldom.used")
        self.assertEqual(importlib.import_module("seldom.used").VALUE, 5)

    def test_before(self) -> None:
        """One that has run stays as it is."""
        module = importlib.import_module("seldom.used")
        postpone("seldom.used")
        self.assertIs(sys.modules["seldom.used"], module)

    def test_absent(self) -> None:
        """One that is not there is still not there."""
        postpone("seldom.nowhere")
        self.assertNotIn("seldom.nowhere", sys.modules)

    def test_seldom(self) -> None:
        """Those of today are where they are looked for."""
        self.assertEqual([name for name in SELDOM if importlib.util.find_spec(name) is None], [])
