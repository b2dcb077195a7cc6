"""
The tree of a template. Every node can print itself, for messages quote it; its position is an offset into the text.
"""

from __future__ import annotations

from frp.config.values import quoted
from frp.values import define


@define
class Node:
    position: int


@define
class Text(Node):
    text: str


@define
class Literal(Node):
    """A constant: C{value} as a Python value, None for nil."""

    value: object
    written: str

    def __str__(self) -> str:
        return self.written


@define
class Dot(Node):
    def __str__(self) -> str:
        return "."


@define
class Field(Node):
    """C{.A.B}."""

    names: tuple[str, ...]

    def __str__(self) -> str:
        return _dotted(self.names)


@define
class Variable(Node):
    """C{$x.A}."""

    name: str
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name + _dotted(self.names)


@define
class Function(Node):
    name: str

    def __str__(self) -> str:
        return self.name


@define
class Chain(Node):
    """C{(pipeline).A}."""

    inner: Node
    names: tuple[str, ...]

    def __str__(self) -> str:
        return _operand(self.inner) + _dotted(self.names)


@define
class Command(Node):
    """A function or a value, with arguments."""

    words: list[Node]

    def __str__(self) -> str:
        return " ".join(map(_operand, self.words))


@define
class Pipeline(Node):
    """
    Commands, each handing its result to the next.

    @ivar assign: the variables exist already.
    """

    variables: list[str]
    assign: bool
    commands: list[Command]

    def __str__(self) -> str:
        start = f"{', '.join(self.variables)} {'=' if self.assign else ':='} " if self.variables else ""
        return start + " | ".join(map(str, self.commands))


@define
class Action(Node):
    pipeline: Pipeline


@define
class If(Node):
    """One of two lists."""

    pipeline: Pipeline
    then: list[Node]
    otherwise: list[Node]


@define
class With(If):
    """The same, with the dot changed."""


@define
class Range(If):
    """A list for every item, or the other one."""


@define
class Jump(Node):
    """C{break} or C{continue}."""

    word: str


@define
class Use(Node):
    """C{template "name" pipeline}."""

    name: str
    pipeline: Pipeline | None

    def __str__(self) -> str:
        pipeline = f" {self.pipeline}" if self.pipeline is not None else ""
        return f"{{{{template {quoted(self.name)}{pipeline}}}}}"


@define
class End(Node):
    """C{end} or C{else}, which closes a list."""

    word: str


def _dotted(names: tuple[str, ...]) -> str:
    return "".join("." + name for name in names)


def _operand(node: Node) -> str:
    return f"({node})" if isinstance(node, Pipeline) else str(node)
