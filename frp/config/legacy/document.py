"""Telling INI files from others, and reading them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from frp.config.files import unreadable
from frp.config.formats.format import Document, Legacy, Program, Way, absentWarnings, fail
from frp.config.legacy.client import convertClient
from frp.config.legacy.ini import SIZE_LIMIT, File, parse
from frp.config.legacy.keys import KNOWN
from frp.config.legacy.server import convertServer
from frp.config.template.functions import BUILTINS
from frp.config.template.render import render
from frp.errors import ConfigErrors
from frp.values import frozen

__all__ = ["lacksCommon", "readLegacy"]

_COMMON = re.compile(r"^[ \t]*\[common\][^\]\n]*$", re.MULTILINE)


@frozen
class INI:
    """
    How a document that has been converted was written.

    @ivar lines: where in the file its keys come from.
    """

    lines: Mapping[Way, int]
    name = "ini"
    ordered = textual = hides = False

    def lineOf(self, text: str, way: Way) -> int:
        return next((self.lines[way[:n]] for n in range(len(way), 0, -1) if way[:n] in self.lines), 0)


def readLegacy(raw: bytes, program: Program, environ: Mapping[str, str]) -> Document | str:
    """
    @param raw: what stands in a file.
    @return: its content as today's tables; or why the reference does not take it for INI, which is nothing where it
        does not look like that either. It must be INI before its templates are filled in, with a section C{[common]}
        and without a key that has no value.
    @raise ConfigErrors: it cannot be taken apart.
    """
    # Old files may be in any encoding; most often that shows in comments only.
    text = raw.decode("utf-8", "replace")
    meant = _COMMON.search(text)
    if meant and len(text) > SIZE_LIMIT:
        fail(f"an INI file of more than {SIZE_LIMIT} characters", hint="write it as TOML, in files that include others")
    try:
        file = parse(text)
    except ConfigErrors as errors:
        (problem,) = errors.problems
        return f"as an INI file it has in line {problem.line}: {problem.advised}" if meant else ""
    if file.bare:
        return f"it is no INI file because of a key without a value in line {file.bare}" if meant else ""
    if "common" not in file.sections:
        return ""
    texts = _Texts(environ)
    rendered = texts.filled(text)
    if rendered != text:
        file = parse(rendered, numbered=texts.numbered)
    if program == "frps":
        made = convertServer(file)
    else:
        made = convertClient(file, lambda paths: texts.together(rendered, paths))
    legacy = Legacy(tuple(made.said), tuple(made.remarks), tuple(made.problems), made.names, filled=rendered != text)
    return Document(INI(made.lines), made.content, "", absentWarnings(texts.absent), legacy)


def lacksCommon(raw: bytes) -> str:
    """@return: a hint on what is missing, where a text has keys of INI files and is none; else empty."""
    text = raw.decode("utf-8", "replace")
    try:
        sections = parse(text).sections.values()
    except ConfigErrors:
        return ""
    named = next((name for section in sections for name in section.entries if "_" in name and name in KNOWN), "")
    return f"{named} is a key of INI files, and these begin with a section [common]" if named else ""


class _Texts:
    """
    The texts of a file and of those that it includes.

    @ivar numbered: whether their lines are those of the files, which templates may change.
    @ivar absent: the actions of templates that print C{<no value>}.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.numbered = True
        self.absent: list[str] = []

    def filled(self, text: str) -> str:
        """@return: a text with its templates filled in."""
        if "\0" in text:
            line = text.count("\n", 0, text.find("\0")) + 1
            fail("a NUL character in an INI file", line, "a configuration is text")
        rendered = render(text, self._environ, self.absent, BUILTINS)
        self.numbered = self.numbered and rendered.count("\n") == text.count("\n")
        return rendered

    def together(self, text: str, paths: list[str]) -> File:
        """A text and the files that it includes, which the reference puts behind each other before it reads them."""
        parts, others, taken = [text], [], text.count("\n") + 1
        for path in paths:
            parts.append(self._other(path))
            others.append((taken, path))
            taken += parts[-1].count("\n") + 1
        try:
            whole = parse("\n".join(parts), numbered=self.numbered)
        except ConfigErrors as errors:
            (problem,) = errors.problems
            problem.path, problem.line = File(others=others).place(problem.line)
            raise
        whole.others = others
        return whole

    def _other(self, path: str) -> str:
        try:
            with open(path, "rb") as opened:
                return self.filled(opened.read(4 * SIZE_LIMIT).decode("utf-8", "replace"))
        except OSError as error:
            problem = unreadable(error, path, path)
        except ConfigErrors as errors:
            problem = errors.problems[0]
        problem.path = path
        raise ConfigErrors([problem.behind(f"getIncludeContents error: render extra config {path} error")])
