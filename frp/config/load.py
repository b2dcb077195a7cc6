"""What the configurations of both programs have in common on the way from a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Generic, TypeVar

import attrs

from frp.config.checking import check, doubts
from frp.config.decoding import Place, Reading
from frp.config.files import readFile
from frp.config.formats import Document, parse
from frp.config.formats.format import ABSENT, Legacy, Program, absentOn, absentWarnings
from frp.config.unknown import Around, Known
from frp.config.values import whatIs
from frp.errors import ConfigError, ConfigErrors
from frp.kinds import Registry
from frp.values import frozen

__all__ = ["MARK", "Loaded", "finished", "knownElsewhere", "readDocument", "readTable"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

#: A file without it is no INI file.
_COMMON = b"[common]"

#: Stands between the name of an included file and the path of a key.
MARK = ": "


@frozen
class Loaded(Generic[T_co]):
    """
    A configuration that can be used.

    @ivar warnings: what is odd about it, one sentence each; the reference says so, too.
    @ivar legacy: what there is to say of it where it is an INI file; else None.
    @ivar doubts: what the reference takes without a word, and what cannot work.
    @ivar places: where its tables with a type stand, by identity, if not where they are found now.
    """

    config: T_co
    warnings: tuple[str, ...] = ()
    legacy: Legacy | None = None
    doubts: tuple[str, ...] = ()
    places: Mapping[int, str] = attrs.field(factory=dict)

    @property
    def remarks(self) -> tuple[str, ...]:
        """All that is to be thought of it, for a log."""
        return self.warnings + self.doubts


def finished(
    config: T,
    reading: Reading,
    unsafe: Collection[str],
    documents: Mapping[str, Document],
    *,
    warnings: Sequence[str] = (),
    more: Sequence[str] = (),
    checked: bool = True,
    written: Callable[[str], str] = str,
) -> Loaded[T]:
    """
    Check a configuration.

    @param documents: what was read, by what stands before the paths of its problems.
    @param more: doubts that the tables do not have themselves.
    @param written: turns a path into the one under which the key stands in the file. A key that counts in many places
        is complained of once.
    @raise ConfigErrors: with all that is wrong, those of the reading included.
    """
    problems, unsound, places = reading.problems, reading.unsound, reading.places
    if checked:
        problems += check(config, unsound=unsound, allowed=unsafe, places=places, registry=reading.registry)
    for problem in problems:
        problem.path = written(problem.path)
        file, mark, path = problem.path.rpartition(MARK)
        document = documents.get(file + mark)
        if document is not None:
            document.place(problem, path)
    if problems:
        raise ConfigErrors({(problem.path, problem.problem): problem for problem in problems}.values())
    absent = [text for document in documents.values() for text in document.warnings]
    if absent:
        absent += _absentSecrets(config, places)
    legacy = documents[""].legacy if documents else None
    return Loaded(config, tuple(warnings), legacy, (*absent, *doubts(config, unset=reading.unset), *more), places)


def readTable(reading: Reading, schema: type[T], name: str, document: Document, where: str = "") -> T:
    """
    @param name: of the table, as the reference's errors say it.
    @param where: stands before the paths of problems.
    @return: the table that a document holds.
    @raise ConfigErrors: it holds something else.
    """
    content = {} if document.content is None else document.content
    if not isinstance(content, Mapping):
        problem = f"json: cannot unmarshal {whatIs(content)} into Go value of type {name}"
        raise ConfigErrors([ConfigError("", problem, hint=document.doubt)])
    if document.legacy is not None:
        reading.problems += document.legacy.problems
    reading.ordered = document.format.ordered
    reading.textual = document.format.textual and not reading.strict
    if document.format.hides:
        content = {key: value for key, value in content.items() if not key.startswith(".")}
    return reading.table(schema, content, Place(path=where))


def readDocument(
    path: str, environ: Mapping[str, str], program: Program | None = None, registry: Registry | None = None
) -> Document:
    """
    Read a file, and what its templates make of it.

    @param program: whose it is, where it may be an INI file; what those mean depends on that.
    @param registry: the kinds, whose keys hints know as well.
    @raise ConfigErrors: it cannot be read, or is in no format that we know.
    """
    try:
        raw = readFile(path, "")
    except ConfigError as error:
        raise ConfigErrors([error]) from error
    extension = os.path.splitext(path)[1]
    taken = partial(_taken, program, registry)
    if program is None:
        return _modern(raw, extension, environ, taken)
    found = _legacy(raw, program, environ)
    if isinstance(found, Document):
        return found
    try:
        document = _modern(raw, extension, environ, taken)
    except ConfigErrors as errors:
        errors.problems[0].hint = found or errors.problems[0].hint or _doubt(raw)
        raise
    if document.content is None or isinstance(document.content, Mapping):
        return document
    return attrs.evolve(document, doubt=found or _doubt(raw))


# These import what few files need.
def knownElsewhere(around: Around, name: str, registry: Registry | None) -> Known:
    """The same as L{elsewhere<frp.config.elsewhere.elsewhere>}."""
    from frp.config.elsewhere import elsewhere

    return elsewhere(around, name, registry)


def _taken(program: Program | None, registry: Registry | None, key: str) -> str:
    """The same as L{taken<frp.config.elsewhere.taken>}."""
    from frp.config.elsewhere import taken

    return taken(program, registry, key)


def _absentSecrets(config: object, places: Mapping[int, str]) -> list[str]:
    """@return: what to say of secrets in which nothing stands for a variable."""
    from frp.config.describe import secrets

    found = (path for path, value in secrets(config, places) if ABSENT in value)
    return [f'{path}: "{ABSENT}" is no secret: everybody can guess it' for path in found]


def _legacy(raw: bytes, program: Program, environ: Mapping[str, str]) -> Document | str:
    """@return: an INI file; or why a text is none that looks like one, else nothing."""
    if _COMMON not in raw:
        return ""
    from frp.config.legacy.document import readLegacy

    return readLegacy(raw, program, environ)


def _doubt(raw: bytes) -> str:
    """@return: what a text that is no configuration may lack; empty where nobody knows."""
    from frp.config.legacy.document import lacksCommon

    return lacksCommon(raw)


def _modern(raw: bytes, extension: str, environ: Mapping[str, str], taken: Callable[[str], str]) -> Document:
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        line, column = raw.count(b"\n", 0, error.start) + 1, error.start - raw.rfind(b"\n", 0, error.start)
        problem = f"toml: line {line}, column {column}: toml: invalid UTF-8"
        if extension.lower() != ".toml":
            problem = "error converting YAML to JSON: yaml: invalid leading UTF-8 octet"
        raise ConfigErrors([ConfigError("", problem, line=line, hint="a configuration is UTF-8 text")]) from error
    lines, absent = text.count("\n"), list[str]()
    if "{{" in text:
        # Imported here, for few files have templates, and it takes as long as a fifth of all the rest.
        from frp.config.template.render import render

        text = render(text, environ, absent)
    warnings = absentWarnings(absent)
    try:
        document = parse(text, extension, taken)
    except ConfigErrors as errors:
        (found,) = errors.problems
        found.hint = absentOn(found.line, text, warnings) or found.hint
        raise
    # Where a template made lines, nothing is known of those of the file.
    shown = text if text.count("\n") == lines else ""
    return attrs.evolve(document, text=shown, warnings=warnings)
