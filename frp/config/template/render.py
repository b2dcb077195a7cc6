"""
The text templates of Go that stand in configurations: C{{{ .Envs.NAME }}}, ranges of ports, conditions.

A template is trusted no more than the configuration that it comes with: what it prints and how long it runs is limited.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import NoReturn

from frp.config.template import tree
from frp.config.template.functions import (
    FUNCTIONS,
    SIZE_LIMIT,
    NumberPair,
    Values,
    isInteger,
    isTrue,
    printed,
    sizeOf,
    typeName,
)
from frp.config.template.syntax import Syntax
from frp.config.template.tokens import TemplateSyntaxError
from frp.config.values import quoted
from frp.errors import ConfigError, ConfigErrors

__all__ = ["STEPS_LIMIT", "render"]

STEPS_LIMIT = 1_000_000
"""How much a template may do: about a second. A range over every port takes a tenth of it."""

DEPTH_LIMIT = 30  # how deep templates may use each other
ABSENT_LIMIT = 100  # how many actions are named that print <no value>

_NOTHING: object = object()
_ATTRIBUTES = ("Envs", "First", "Second")


def render(
    text: str,
    environ: Mapping[str, str],
    absent: list[str] | None = None,
    functions: Collection[str] = FUNCTIONS,
) -> str:
    """
    Fill in a template. For a variable that is not set stands C{<no value>}, as in the reference.

    @param absent: takes the actions that print C{<no value>}.
    @param functions: the names of those that there are.
    @raise ConfigErrors: with the reference's text and the line.
    """
    if "{{" not in text:
        return text
    try:
        syntax = Syntax(text, functions)
    except TemplateSyntaxError as error:
        problem = ConfigError("", f"template: frp:{error.line}: {error}", line=error.line)
        raise ConfigErrors([problem]) from error
    try:
        return _Run(text, syntax, [] if absent is None else absent).render(Values(environ))
    except RecursionError as error:
        raise ConfigErrors([ConfigError("", "template: frp: templates use each other too deeply")]) from error


def _meant(name: str, value: object) -> str:
    """@return: what may be meant by a field that a value does not have; empty where nobody knows."""
    known = {one.lower(): one for one in type(value).__annotations__} if isinstance(value, (Values, NumberPair)) else {}
    near = get_close_matches(name.lower(), known, n=1)
    if near:
        return f"did you mean .{known[near[0]]}?"
    return f"a variable of the environment is .Envs.{name}" if isinstance(value, Values) else ""


class _Jumped(Exception):
    """C{break} or C{continue} on its way to its range."""


class _Broken(_Jumped):
    """C{break}."""


class _Run:
    def __init__(self, text: str, syntax: Syntax, absent: list[str]) -> None:
        self._text = text
        self._syntax = syntax
        self._absent = absent
        self._name = "frp"
        self._at: tree.Node = tree.Dot(0)
        self._variables: list[tuple[str, object]] = []
        self._output: list[str] = []
        self._size = 0
        self._steps = 0
        self._depth = 0

    def render(self, data: object) -> str:
        self._variables = [("$", data)]
        self._walk(self._syntax.root, data)
        return "".join(self._output)

    # Limits and complaints

    def _fail(self, problem: str, node: tree.Node | None = None, hint: str = "") -> NoReturn:
        """Complain about a node, or about the one that was looked at last, as the reference does."""
        node = node or self._at
        before = self._text[: node.position]
        line, start = before.count("\n") + 1, before.rfind("\n") + 1
        # The reference counts bytes, from 0.
        column = len(before[start:].encode("utf-8", "surrogateescape"))
        where = f"template: frp:{line}:{column}: executing {quoted(self._name)} at <{node}>: "
        raise ConfigErrors([ConfigError("", where + problem, line=line, hint=hint)])

    def _spend(self, node: tree.Node, steps: int) -> None:
        self._steps += steps
        if self._steps > STEPS_LIMIT:
            self._fail(f"the template takes more than {STEPS_LIMIT} steps", node)

    def _print(self, node: tree.Node, text: str) -> None:
        self._size += len(text)
        if self._size > SIZE_LIMIT:
            self._fail(f"the template prints more than {SIZE_LIMIT} characters", node)
        self._output.append(text)

    # Statements

    def _walk(self, nodes: list[tree.Node], dot: object) -> None:
        for node in nodes:
            self._steps += 1
            if isinstance(node, tree.Text):
                self._print(node, node.text)
            elif isinstance(node, tree.Action):
                self._spend(node.pipeline, 1)
                value = self._pipeline(node.pipeline, dot)
                if value is None and len(self._absent) < ABSENT_LIMIT:
                    self._absent.append(str(node.pipeline))
                if not node.pipeline.variables:
                    self._print(node.pipeline, printed(value))
            elif isinstance(node, tree.Range):
                self._range(node, dot)
            elif isinstance(node, tree.If):
                self._branch(node, dot)
            elif isinstance(node, tree.Use):
                self._use(node, dot)
            elif isinstance(node, tree.Jump):
                raise _Broken if node.word == "break" else _Jumped

    def _branch(self, node: tree.If, dot: object) -> None:
        mark = len(self._variables)
        self._spend(node.pipeline, 1)
        value = self._pipeline(node.pipeline, dot)
        if isTrue(value):
            self._walk(node.then, value if isinstance(node, tree.With) else dot)
        else:
            self._walk(node.otherwise, dot)
        del self._variables[mark:]

    def _range(self, node: tree.Range, dot: object) -> None:
        pipeline, mark = node.pipeline, len(self._variables)
        over = self._pipeline(pipeline, dot, keep=False)
        if isinstance(over, Mapping):
            items = [(name, over[name]) for name in sorted(over)]
        elif isinstance(over, list):
            items = list(enumerate(over))
        elif isInteger(over):
            if len(pipeline.variables) > 1:
                self._fail(f"can't use {over} to iterate over more than one variable")
            self._spend(pipeline, max(over, 0))
            items = [(n, n) for n in range(over)]
        elif over is None:
            items = []
        else:
            self._fail(f"range can't iterate over {printed(over)}")
        try:
            for number, item in items:
                self._spend(pipeline, 1)
                values = (number, item)[-len(pipeline.variables) :] if pipeline.variables else ()
                for name, value in zip(pipeline.variables, values, strict=True):
                    self._set(name, value, pipeline.assign)
                try:
                    self._walk(node.then, item)
                except _Broken:
                    break
                except _Jumped:
                    pass
                del self._variables[mark:]
        finally:
            del self._variables[mark:]
        if not items:
            self._walk(node.otherwise, dot)

    def _use(self, node: tree.Use, dot: object) -> None:
        body = self._syntax.named.get(node.name)
        if body is None:
            self._fail(f"template {quoted(node.name)} not defined", node)
        self._depth += 1
        if self._depth > DEPTH_LIMIT:
            self._fail(f"exceeded maximum template depth ({DEPTH_LIMIT})", node)
        data = self._pipeline(node.pipeline, dot) if node.pipeline is not None else None
        outer = self._name, self._variables
        self._name, self._variables = node.name, [("$", data)]
        self._walk(body, data)
        self._name, self._variables = outer
        self._depth -= 1

    def _set(self, name: str, value: object, assign: bool) -> None:
        if not assign:
            self._variables.append((name, value))
            return
        for n in reversed(range(len(self._variables))):
            if self._variables[n][0] == name:
                self._variables[n] = name, value
                return
        self._fail(f"undefined variable: {name}")

    # Expressions

    def _pipeline(self, pipeline: tree.Pipeline, dot: object, keep: bool = True) -> object:
        value = _NOTHING
        for command in pipeline.commands:
            value = self._command(command, dot, value)
        for name in pipeline.variables if keep else ():
            self._set(name, value, pipeline.assign)
        return value

    def _command(self, command: tree.Command, dot: object, final: object) -> object:
        first = command.words[0]
        if isinstance(first, tree.Function):
            return self._call(first.name, command, dot, final)
        if isinstance(first, tree.Literal) and first.value is None and first.written == "nil":
            self._fail("nil is not a command", first)
        value = self._value(first, dot)
        if len(command.words) > 1 or final is not _NOTHING:
            name = first.names[-1] if isinstance(first, (tree.Field, tree.Variable, tree.Chain)) and first.names else ""
            if name in _ATTRIBUTES:
                self._fail(f"{name} has arguments but cannot be invoked as function", first)
            if name:
                self._fail(f"{name} is not a method but has arguments", first)
            self._fail(f"can't give argument to non-function {first}", first)
        return value

    def _value(self, node: tree.Node, dot: object) -> object:
        self._spend(node, 1)
        if not isinstance(node, tree.Pipeline):
            self._at = node
        if isinstance(node, tree.Literal):
            return node.value
        if isinstance(node, tree.Dot):
            return dot
        if isinstance(node, tree.Field):
            return self._fields(node.names, dot)
        if isinstance(node, tree.Variable):
            found = next((value for name, value in reversed(self._variables) if name == node.name), _NOTHING)
            if found is _NOTHING:
                self._fail(f"undefined variable: {node.name}")
            return self._fields(node.names, found)
        if isinstance(node, tree.Chain):
            return self._fields(node.names, self._value(node.inner, dot))
        if isinstance(node, tree.Pipeline):
            return self._pipeline(node, dot)
        assert isinstance(node, tree.Function)
        return self._call(node.name, tree.Command(node.position, [node]), dot, _NOTHING)

    def _fields(self, names: tuple[str, ...], value: object) -> object:
        for name in names:
            if value is None:
                break
            if isinstance(value, Mapping):
                value = value.get(name)
            elif isinstance(value, (Values, NumberPair)) and name in type(value).__annotations__:
                value = getattr(value, name)
            else:
                self._fail(f"can't evaluate field {name} in type {typeName(value)}", hint=_meant(name, value))
        return value

    def _call(self, name: str, command: tree.Command, dot: object, final: object) -> object:
        function, words = FUNCTIONS[name], command.words[1:]
        count = len(words) + (final is not _NOTHING)
        if count < function.least or (function.most is not None and count > function.most):
            least = "at least " if function.most is None else ""
            self._fail(f"wrong number of args for {name}: want {least}{function.least} got {count}", command.words[0])
        if name in ("and", "or"):
            return self._shortCut(name == "or", words, dot, final)
        self._at = command.words[0]
        arguments = [self._argument(word, dot, n < function.texts) for n, word in enumerate(words)]
        if final is not _NOTHING:
            self._checkText(final, len(words) < function.texts)
            arguments.append(final)
        self._spend(command, 1 + sum(map(sizeOf, arguments)) // 64)
        try:
            value = function.call(*arguments)
        except ValueError as error:
            self._fail(f"error calling {name}: {error}", command)
        self._spend(command, sizeOf(value) // (64 if isinstance(value, str) else 1))
        return value

    def _argument(self, word: tree.Node, dot: object, text: bool) -> object:
        if text and isinstance(word, tree.Literal) and not isinstance(word.value, str):
            found = "cannot assign nil to string" if word.value is None else f"expected string; found {word}"
            self._fail(found, word)
        value = self._value(word, dot)
        self._checkText(value, text)
        return value

    def _checkText(self, value: object, text: bool) -> None:
        if text and value is None:
            self._fail("invalid value; expected string")
        if text and not isinstance(value, str):
            self._fail(f"wrong type for value; expected string; got {typeName(value)}")

    def _shortCut(self, wanted: bool, words: list[tree.Node], dot: object, final: object) -> object:
        value = None
        for word in words:
            value = self._value(word, dot)
            if isTrue(value) is wanted:
                return value
        return value if final is _NOTHING else final
