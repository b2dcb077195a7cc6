"""The syntax of Go's text templates: from a text to a tree."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NoReturn

from frp.config.template import tree
from frp.config.template.tokens import TemplateSyntaxError, Token, numberOf, tokens, unquoted
from frp.config.values import quoted

__all__ = ["NESTING_LIMIT", "Syntax"]

_CONTROLS = {"if": tree.If, "with": tree.With, "range": tree.Range}

NESTING_LIMIT = 60
"""How deep lists and parentheses may stand in each other."""


class Syntax:
    """
    A text, read.

    @ivar root: the tree.
    @ivar named: the trees that the text defines.
    @raise TemplateSyntaxError: (making one) the text is no template.
    """

    def __init__(self, text: str, functions: Collection[str]) -> None:
        self._tokens = tokens(text)
        self._functions = functions
        self._waiting: list[Token] = []
        self._last = Token("eof", "", 0, 1)
        self._scope = ["$"]
        self._actionLine = 0
        self._loops = 0
        self._depth = 0
        self.named: dict[str, list[tree.Node]] = {}
        self.root = self._top()

    # Tokens

    def _next(self) -> Token:
        if self._waiting:
            return self._waiting.pop()
        self._last = next(self._tokens)
        return self._last

    def _peek(self) -> Token:
        self._waiting.append(self._next())
        return self._waiting[-1]

    def _nextSolid(self) -> Token:
        token = self._next()
        while token.kind == "space":
            token = self._next()
        return token

    def _peekSolid(self) -> Token:
        self._waiting.append(self._nextSolid())
        return self._waiting[-1]

    def _fail(self, problem: str) -> NoReturn:
        raise TemplateSyntaxError(self._last.line, problem)

    def _unexpected(self, token: Token, context: str) -> NoReturn:
        if token.kind != "error":
            self._fail(f"unexpected {token} in {context}")
        extra = ""
        if self._actionLine not in (0, token.line):
            started = f" started at frp:{self._actionLine}"
            extra = started if token.value.endswith(" action") else " in action" + started
        self._fail(token.value + extra)

    def _expect(self, kind: str, context: str, other: str = "") -> Token:
        token = self._nextSolid()
        if token.kind not in (kind, other):
            self._unexpected(token, context)
        return token

    # Lists

    def _top(self) -> list[tree.Node]:
        found: list[tree.Node] = []
        while True:
            token = self._next()
            if token.kind == "eof":
                return found
            if token.kind == "left" and self._peekSolid().value == "define" and self._peekSolid().kind == "keyword":
                self._actionLine = token.line
                self._nextSolid()
                self._definition()
                continue
            node = self._piece(token)
            if isinstance(node, tree.End):
                self._fail(f"unexpected {{{{{node.word}}}}}")
            found.append(node)

    def _definition(self) -> None:
        name = self._string("define clause")
        self._expect("right", "define clause")
        loops, self._loops = self._loops, 0
        self.named[name] = self._body("define clause")
        self._loops = loops

    def _body(self, context: str) -> list[tree.Node]:
        """A list with variables of its own, which ends with C{end}."""
        scope, self._scope = self._scope, ["$"]
        body, ended = self._list(context)
        self._scope = scope
        if ended.word != "end":
            self._fail(f"unexpected {{{{else}}}} in {context}")
        return body

    def _goDeeper(self) -> None:
        self._depth += 1
        if self._depth > NESTING_LIMIT:
            self._fail(f"nested more than {NESTING_LIMIT} deep")

    def _list(self, context: str) -> tuple[list[tree.Node], tree.End]:
        self._goDeeper()
        found: list[tree.Node] = []
        while self._peekSolid().kind != "eof":
            node = self._piece(self._nextSolid())
            if isinstance(node, tree.End):
                self._depth -= 1
                return found, node
            found.append(node)
        self._fail("unexpected EOF")

    def _piece(self, token: Token) -> tree.Node:
        if token.kind == "text":
            return tree.Text(token.position, token.value)
        if token.kind != "left":
            self._unexpected(token, "input")
        self._actionLine = token.line
        node = self._actionNode()
        self._actionLine = 0
        return node

    # Actions

    def _actionNode(self) -> tree.Node:
        token = self._peekSolid()
        if token.kind != "keyword":
            return tree.Action(token.position, self._pipeline("command", "right"))
        self._nextSolid()
        made: Callable[[Token], tree.Node] | None = getattr(self, f"_{token.value}", None)
        if made is None:
            self._unexpected(token, "command")
        return made(token)

    def _control(self, token: Token) -> tree.Node:
        context, mark = token.value, len(self._scope)
        pipeline = self._pipeline(context, "right")
        self._loops += context == "range"
        then, ended = self._list(context)
        self._loops -= context == "range"
        otherwise: list[tree.Node] = []
        if ended.word == "else":
            nextWord = self._peekSolid()
            if nextWord.kind == "keyword" and nextWord.value == context and context in ("if", "with"):
                # The inner one takes the only end.
                self._nextSolid()
                self._goDeeper()
                otherwise = [self._control(nextWord)]
                self._depth -= 1
            else:
                self._expect("right", "else")
                otherwise, ended = self._list(context)
                if ended.word != "end":
                    self._fail("expected end; found {{else}}")
        del self._scope[mark:]
        return _CONTROLS[context](token.position, pipeline, then, otherwise)

    _if = _with = _range = _control

    def _end(self, token: Token) -> tree.Node:
        self._expect("right", "end")
        return tree.End(token.position, "end")

    def _else(self, token: Token) -> tree.Node:
        return tree.End(token.position, "else")

    def _jump(self, token: Token) -> tree.Node:
        self._expect("right", f"{{{{{token.value}}}}}")
        if not self._loops:
            self._fail(f"{{{{{token.value}}}}} outside {{{{range}}}}")
        return tree.Jump(token.position, token.value)

    _break = _continue = _jump

    def _template(self, token: Token) -> tree.Node:
        position = self._peekSolid().position
        name = self._string("template clause")
        if self._peekSolid().kind == "right":
            self._nextSolid()
            return tree.Use(position, name, None)
        return tree.Use(position, name, self._pipeline("template clause", "right"))

    def _block(self, token: Token) -> tree.Node:
        position = self._peekSolid().position
        name = self._string("block clause")
        pipeline = self._pipeline("block clause", "right")
        self.named.setdefault(name, self._body("block clause"))
        return tree.Use(position, name, pipeline)

    def _string(self, context: str) -> str:
        return unquoted(self._expect("string", context, "raw").value)

    # Pipelines

    def _pipeline(self, context: str, end: str) -> tree.Pipeline:
        start = self._peekSolid()
        variables, assign = self._variables(context)
        # The reference finds out only when it runs that a pipeline uses its own variable.
        self._scope.extend(variables)
        commands: list[tree.Command] = []
        while True:
            token = self._nextSolid()
            if token.kind == end:
                if not commands:
                    self._fail(f"missing value for {context}")
                for n, command in enumerate(commands[1:], 2):
                    if isinstance(command.words[0], (tree.Literal, tree.Dot)):
                        self._fail(f"non executable command in pipeline stage {n}")
                return tree.Pipeline(start.position, variables, assign, commands)
            if token.kind not in ("name", "literal", "char", "number", "string", "raw", "field", "variable", ".", "("):
                self._unexpected(token, context)
            self._waiting.append(token)
            commands.append(self._command())

    def _variables(self, context: str) -> tuple[list[str], bool]:
        found: list[str] = []
        while self._peekSolid().kind == "variable":
            variable = self._nextSolid()
            space = self._next() if self._peek().kind == "space" else None
            after = self._peek()
            if after.kind in ("declare", "="):
                self._nextSolid()
                found.append(variable.value)
                return found, after.kind == "="
            if after.kind == "," and context == "range" and not found:
                self._nextSolid()
                found.append(variable.value)
                if self._peekSolid().kind != "variable":
                    self._fail("range can only initialize variables")
                continue
            if after.kind == ",":
                self._fail(f"too many declarations in {context}")
            if space is not None:
                self._waiting.append(space)
            self._waiting.append(variable)
            break
        if found:
            self._fail("range can only initialize variables")
        return found, False

    def _command(self) -> tree.Command:
        words: list[tree.Node] = []
        start = self._peekSolid().position
        while True:
            self._peekSolid()
            word = self._operand()
            if word is not None:
                words.append(word)
            token = self._next()
            if token.kind == "space":
                continue
            if token.kind in ("right", ")"):
                self._waiting.append(token)
            elif token.kind != "|":
                self._unexpected(token, "operand")
            break
        if not words:
            self._fail("empty command")
        return tree.Command(start, words)

    def _operand(self) -> tree.Node | None:
        node = self._term()
        if node is None or self._peek().kind != "field":
            return node
        position, names = self._peek().position, []
        while self._peek().kind == "field":
            names.append(self._next().value[1:])
        if isinstance(node, tree.Field):
            return tree.Field(position, (*node.names, *names))
        if isinstance(node, tree.Variable):
            return tree.Variable(position, node.name, tuple(names))
        if isinstance(node, (tree.Literal, tree.Dot)):
            self._fail(f"unexpected . after term {quoted(str(node))}")
        return tree.Chain(position, node, tuple(names))

    def _term(self) -> tree.Node | None:
        token = self._nextSolid()
        kind, value, position = token.kind, token.value, token.position
        if kind == "name":
            if value not in self._functions:
                self._fail(f"function {quoted(value)} not defined")
            return tree.Function(position, value)
        if kind == ".":
            return tree.Dot(position)
        if kind == "literal":
            return tree.Literal(position, {"true": True, "false": False, "nil": None}[value], value)
        if kind == "variable":
            if value not in self._scope:
                self._fail(f"undefined variable {quoted(value)}")
            return tree.Variable(position, value)
        if kind == "field":
            return tree.Field(position, (value[1:],))
        if kind in ("char", "number", "string", "raw"):
            return self._constant(token)
        if kind == "(":
            self._goDeeper()
            inner = self._pipeline("parenthesized pipeline", ")")
            self._depth -= 1
            return inner
        self._waiting.append(token)
        return None

    def _constant(self, token: Token) -> tree.Node:
        try:
            value = numberOf(token.value) if token.kind == "number" else unquoted(token.value)
        except ValueError as error:
            self._fail(str(error))
        if token.kind == "char":
            if not isinstance(value, str) or len(value) != 1:
                self._fail(f"malformed character constant: {token.value}")
            value = ord(value)
        return tree.Literal(token.position, value, token.value)
