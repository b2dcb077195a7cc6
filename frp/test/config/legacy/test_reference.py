"""What the Go programs make of INI files: every key that they have had, and every rule of the format."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from frp.config.schema import toDict
from frp.interfaces import IProxyKind
from frp.test.config.legacy.reading import KINDS, document, load, plain, verdicts

VECTORS = json.loads(files("frp.test").joinpath("vectors/ini.json").read_text())


def cases() -> list[dict[str, Any]]:
    """Those whose kinds are installed."""
    known = KINDS.names(IProxyKind)
    return [case for case in VECTORS["cases"] if "xtcp" in known or "type = xtcp" not in case["text"]]


def write(folder: Path, case: dict[str, Any]) -> Path:
    """@return: the file of a case, beside those that it includes."""
    for name, text in case.get("files", {}).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    path = folder / "file.ini"
    path.write_bytes(case["text"].replace("<DIR>", str(folder)).encode())
    return path


class ReferenceTests(SynchronousTestCase):
    """What differs is listed at once."""

    def folder(self, number: int) -> Path:
        """A new one."""
        folder = Path(self.mktemp()).absolute() / str(number)
        folder.mkdir(parents=True)
        return folder

    def test_verdicts(self) -> None:
        """What C{verify} of the Go programs takes or refuses, ours takes or refuses, with the same words."""
        wrong = []
        for number, case in enumerate(cases()):
            expected = case.get("ours", case)
            folder = self.folder(number)
            path = write(folder, case)
            code, (said, *_others) = verdicts(case["program"], path, case.get("environment", {}))
            said = said.replace(str(path), "<FILE>").replace(str(folder), "<DIR>")
            if (code, said) != (expected["exit"], expected["output"]):
                wrong.append(f"{case['name']}: expected {expected['output']!r}, got {said!r}")
        self.assertEqual(wrong, [])

    def test_meanings(self) -> None:
        """Every file means what it means to the Go programs."""
        wrong = []
        for number, case in enumerate(cases()):
            if "config" not in case or "ours" in case:
                continue
            folder = self.folder(number)
            path = write(folder, case)
            found = load(case["program"], path, case.get("environment", {})).config
            text = json.dumps(case["config"]).replace("<DIR>", str(folder))
            expected, problems = plain(case["program"], json.loads(text))
            for entries in (getattr(found, name, []) for name in ("proxies", "visitors", "httpPlugins")):
                entries.sort(key=lambda entry: entry.name)
            if found != expected or problems:
                wrong.append(f"{case['name']}: expected {toDict(expected)}, got {toDict(found)}")
        self.assertEqual(wrong, [])

    def test_allTaken(self) -> None:
        """What the Go programs take for INI is read as such, not as another format."""
        for number, case in enumerate(cases()):
            if "config" in case and "ours" not in case:
                path = write(self.folder(number), case)
                found = document(case["program"], path, case.get("environment", {}))
                self.assertEqual(found.format.name, "ini", case["name"])

    def test_reasons(self) -> None:
        """Where our words differ, the data say why."""
        self.assertTrue(all(case["ours"]["why"] for case in VECTORS["cases"] if "ours" in case))
