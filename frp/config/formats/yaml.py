"""YAML, complained about as the reference does."""

from __future__ import annotations

import math
import re
from typing import cast

import yaml

from frp.config.formats.format import Way, fail, leaves, unsupported
from frp.errors import ConfigError, ConfigErrors

__all__ = ["YAML"]

DEPTH_LIMIT = 200
"""How deep lists and mappings may stand in each other."""

_Base: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# With the scalars of the reference, and no others.
_Loader = cast(type[yaml.SafeLoader], type("_Loader", (_Base,), {"yaml_implicit_resolvers": {}}))


def _resolve(tag: str, pattern: str, first: str) -> None:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(rf"(?:{pattern})\Z", re.ASCII), list(first))


_resolve("bool", "y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF", "yYnNtTfFoO")
_resolve("null", r"~|null|Null|NULL|", "~nN\0")
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"\Z"), [""])
_resolve("int", r"[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|0|[1-9][0-9_]*)", "-+0123456789")
_resolve(
    "float",
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
    "-+.0123456789",
)
_resolve("merge", "<<", "<")


def _int(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    text = loader.construct_scalar(node).replace("_", "").lower()
    sign = -1 if text.startswith("-") else 1
    text = text.lstrip("+-")
    if len(text) > 1 and text[0] == "0" and text[1].isdigit():
        text = "0o" + text[1:]
    return sign * int(text, 0)


def _bool(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> bool:
    return str(loader.construct_scalar(node)).lower() in ("y", "yes", "true", "on")


def _unknownTag(
    loader: yaml.SafeLoader, _suffix: str, node: yaml.ScalarNode | yaml.MappingNode | yaml.SequenceNode
) -> object:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    return loader.construct_sequence(node, deep=True)


_Loader.add_constructor("tag:yaml.org,2002:int", _int)
_Loader.add_constructor("tag:yaml.org,2002:bool", _bool)
_Loader.add_multi_constructor("", _unknownTag)


class YAML:
    """As the reference reads it: version 1.1 without dates and base-60 numbers, the first document only."""

    name = "yaml"
    ordered = textual = hides = True

    def read(self, text: str) -> object:
        content = _load(text)
        for value in leaves(content):
            if isinstance(value, float) and not math.isfinite(value):
                fail("error converting YAML to JSON: " + unsupported(value))
        return content

    def lineOf(self, text: str, way: Way) -> int:
        try:
            node = yaml.compose(text, _Base)
        except (yaml.YAMLError, RecursionError, ValueError):
            return 0
        line = 0
        for step in way:
            if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                line = node.start_mark.line + 1
            elif isinstance(node, yaml.MappingNode):
                pair = next((p for p in node.value if str(p[0].value).lower() == step), None)
                if pair is None:
                    break
                line, node = pair[0].start_mark.line + 1, pair[1]
            else:
                break
        return line


def _load(text: str) -> object:
    """@raise ConfigErrors: with the reference's prefix and line."""
    try:
        if _looksDeep(text):
            _checkDepth(text)
        loader = _Loader(text)
        try:
            return _named(loader.get_data() if loader.check_data() else None, {})
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        raise _marked(error, text) from error
    except yaml.YAMLError as error:
        raise _failure(f"yaml: {' '.join(str(error).split())}") from error
    except RecursionError as error:
        raise _failure("yaml: nested too deeply") from error
    except ValueError as error:
        raise _failure(f"yaml: {error}") from error


def _looksDeep(text: str) -> bool:
    """A quick guess that may be wrong about shallow texts, never about deep ones."""
    if any(len(row) - len(row.lstrip(" \t-?:")) > DEPTH_LIMIT for row in text.split("\n")):
        return True
    depth = deepest = 0
    for bracket in re.findall(r"[\[\]{}]", text):
        depth = depth + 1 if bracket in "[{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest > DEPTH_LIMIT


def _checkDepth(text: str) -> None:
    # libyaml's composer calls itself for every level and has no limit: a deep text would end the process.
    depth = 0
    for event in yaml.parse(text, _Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEPTH_LIMIT:
            raise _failure("yaml: exceeded max depth", event.start_mark.line + 1 if event.start_mark is not None else 0)


def _marked(error: yaml.MarkedYAMLError, text: str) -> ConfigErrors:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark is not None else 0
    if mark is not None and "undefined alias" in str(error.problem):
        name = re.search(r"\*([^\s,\]}]*)", text.split("\n")[mark.line][mark.column :])
        return _failure(f"yaml: unknown anchor '{name[1] if name else ''}' referenced", line)
    # The reference counts lines from 0 in what the scanner lets through, and does not name the first.
    said = line if isinstance(error, yaml.scanner.ScannerError) and line > 1 else line - 1
    where = f"line {said}: " if said > 0 else ""
    return _failure(f"yaml: {where}{error.problem or error.context}", line)


def _failure(problem: str, line: int = 0) -> ConfigErrors:
    return ConfigErrors([ConfigError("", f"error converting YAML to JSON: {problem}", line=line)])


def _named(value: object, done: dict[int, object]) -> object:
    """The same with all keys as texts. What is referred to many times stays one object."""
    if id(value) in done:
        return done[id(value)]
    if isinstance(value, list):
        made: list[object] = []
        done[id(value)] = made
        made.extend(_named(item, done) for item in value)
        return made
    if isinstance(value, dict):
        mapping: dict[str, object] = {}
        done[id(value)] = mapping
        mapping.update((_name(key), _named(item, done)) for key, item in value.items())
        return mapping
    return value


def _name(key: object) -> str:
    if isinstance(key, str):
        return key
    return str(key).lower() if isinstance(key, bool) else "null" if key is None else str(key)
