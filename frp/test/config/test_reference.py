"""The verdicts and the words of the Go programs on small configurations."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from frp.config.clientfile import loadClient
from frp.config.serverfile import loadServer
from frp.errors import ConfigErrors
from frp.kinds import Registry

KINDS = Registry()
VECTORS = json.loads(files("frp.test").joinpath("vectors/config_probes.json").read_text())


def verify(case: dict[str, Any], path: Path) -> tuple[int, str]:
    """What our C{verify} prints for a case, with the exit code."""
    path.write_bytes(case["text"].encode())
    arguments = case["arguments"]
    unsafe = arguments[arguments.index("--allow-unsafe") + 1 :] if "--allow-unsafe" in arguments else []
    strict = "--strict_config=false" not in arguments
    load: Any = loadServer if case["program"] == "frps" else loadClient
    try:
        loaded = load(str(path), registry=KINDS, strict=strict, unsafe=unsafe, environ=case["environment"])
    except ConfigErrors as error:
        return 1, error.brief + "\n"
    warning = "WARNING: " + "\n".join(loaded.warnings) + "\n" if loaded.warnings else ""
    return 0, f"{warning}{case['program']}: the configuration file <FILE> syntax is ok\n"


class ReferenceTests(SynchronousTestCase):
    """One test for each program: what differs is listed at once."""

    def compare(self, program: str) -> None:
        """Run every case of a program."""
        path = Path(self.mktemp())
        path.mkdir(parents=True)
        wrong = []
        for case in VECTORS["cases"]:
            if case["program"] == program:
                expected = case.get("ours", case)
                found = verify(case, path / f"file{case['extension']}")
                if found != (expected["exit"], expected["output"]):
                    wrong.append(f"{case['name']}: expected {expected['output']!r}, got {found}")
        self.assertEqual(wrong, [])

    def test_server(self) -> None:
        """A configuration that frps of Go takes or refuses, ours takes or refuses, with the same words."""
        self.compare("frps")

    def test_client(self) -> None:
        """A configuration that frpc of Go takes or refuses, ours takes or refuses, with the same words."""
        self.compare("frpc")

    def test_reasons(self) -> None:
        """Where our words differ, the data say why."""
        self.assertTrue(all(case["ours"]["why"] for case in VECTORS["cases"] if "ours" in case))


class TemplateReferenceTests(SynchronousTestCase):
    """What Go's templates make of a text."""

    def test_templates(self) -> None:
        """Every template gives the text, or the complaint, that it gives in Go."""
        from frp.config.template.render import render

        templates = json.loads(files("frp.test").joinpath("vectors/config_templates.json").read_text())
        for case in templates["cases"]:
            expected = case.get("ours", case)
            try:
                found = {"output": render(case["text"], templates["environment"])}
            except ConfigErrors as error:
                found = {"error": error.brief}
            self.assertEqual(found, {k: v for k, v in expected.items() if k in ("output", "error")}, case["text"])
