"""Every key of the Go programs: what it is when it is set and when it is not, and what they say of a wrong type."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import tomli
import yaml
from twisted.trial.unittest import SynchronousTestCase

from frp.config.clientfile import loadClient
from frp.config.schema import toDict
from frp.config.serverfile import loadServer
from frp.errors import ConfigErrors
from frp.kinds import Registry

CASES = json.loads(files("frp.test").joinpath("vectors/config_keys.json").read_text())["cases"]
KINDS = Registry()


def at(tree: Any, path: str) -> Any:
    """What stands at a path such as C{proxies[].plugin.type}, of lists in the first item; None where nothing does."""
    for step in path.split("."):
        tree = (tree or {}).get(step.removesuffix("[]"))
        if step.endswith("[]"):
            tree = tree[0] if tree else None
    return tree


class KeyTests(SynchronousTestCase):
    """What differs is listed at once."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir(parents=True)

    def load(self, case: dict[str, Any], text: str, extension: str = ".toml") -> Any:
        """The tables of a text, with all defaults, or what is printed of it."""
        path = self.folder / f"file{extension}"
        path.write_text(text)
        read: Any = loadServer if case["program"] == "frps" else loadClient
        try:
            loaded = read(str(path), registry=KINDS, unsafe=case.get("unsafe", ()), environ={})
        except ConfigErrors as errors:
            return errors.brief + "\n"
        return toDict(loaded.config, defaults=True)

    def test_values(self) -> None:
        """Set in TOML, YAML or JSON, a key is what it is there."""
        wrong = []
        for case in CASES:
            content = tomli.loads(case["text"])
            texts = {".toml": case["text"], ".json": json.dumps(content), ".yaml": yaml.safe_dump(content)}
            for extension, text in texts.items():
                found = self.load(case, text, extension)
                if "refused" in case:
                    expected = case["refused"]
                else:
                    found, expected = at(found, case["at"]), case["value"]
                if found != expected and not (isinstance(expected, dict) and expected.items() <= found.items()):
                    wrong.append(f"{case['key']}{extension}: expected {expected!r}, got {found!r}")
        self.assertEqual(wrong, [])

    def test_defaults(self) -> None:
        """The defaults are the same."""
        wrong = []
        for case in CASES:
            content = tomli.loads(case["text"])
            *above, name = case["at"].split(".")
            if "default" in case:
                at(content, ".".join(above)).pop(name) if above else content.pop(name)
                found = at(self.load(case, json.dumps(content), ".json"), case["at"])
                if found != case["default"]:
                    wrong.append(f"{case['key']}: expected {case['default']!r}, got {found!r}")
        self.assertEqual(wrong, [])
        self.assertGreater(sum("default" in case for case in CASES), 60)

    def test_wrongTypes(self) -> None:
        """A value of a wrong type is refused with the same words, as one of several problems at most."""
        wrong = []
        for case in CASES:
            found = self.load(case, case["wrong"])
            if not isinstance(found, str) or case["output"] not in found.splitlines(keepends=True):
                wrong.append(f"{case['key']}: expected {case['output']!r}, got {found!r}")
        self.assertEqual(wrong, [])
