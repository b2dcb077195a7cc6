"""Templates: their limits, and junk. What they mean is compared with Go's in L{frp.test.config.test_reference}."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.config.template.render import render
from frp.errors import ConfigErrors

WORDS = [
    "{{",
    "}}",
    "{{-",
    "-}}",
    "if",
    "else",
    "end",
    "range",
    "with",
    "define",
    "template",
    "block",
    "break",
    "continue",
    ".",
    ".Envs",
    ".Envs.A",
    ".First",
    "$x",
    "$",
    ":=",
    "=",
    ",",
    "|",
    "(",
    ")",
    '"a"',
    "`b`",
    "1",
    "-2",
    "3.5",
    "'c'",
    "true",
    "nil",
    "len",
    "index",
    "eq",
    "lt",
    "and",
    "or",
    "not",
    "printf",
    "print",
    "html",
    "slice",
    "parseNumberRange",
    "parseNumberRangePair",
    '"1-3"',
    "/*",
    "*/",
]


class TemplateTests(SynchronousTestCase):
    """Filling in."""

    def refused(self, text: str) -> str:
        """What a template is refused with."""
        found = self.assertRaises(ConfigErrors, render, text, {})
        assert isinstance(found, ConfigErrors)
        return found.brief

    def test_meant(self) -> None:
        """Whoever writes another field is told the one that is meant."""
        for text, hint in (
            ("{{ .Env.A }}", "did you mean .Envs?"),
            ("{{ .envs.A }}", "did you mean .Envs?"),
            ("{{ .TOKEN }}", "a variable of the environment is .Envs.TOKEN"),
            ('{{ range parseNumberRangePair "1" "2" }}{{ .Frist }}{{ end }}', "did you mean .First?"),
            ("{{ .Envs.A.B }}", ""),
        ):
            errors = self.assertRaises(ConfigErrors, render, text, {"A": "a"})
            self.assertEqual([problem.hint for problem in errors.problems], [hint])

    def test_plain(self) -> None:
        """A text without actions is left as it is."""
        self.assertEqual(render("a }} { {\r\n", {}), "a }} { {\r\n")

    def test_line(self) -> None:
        """A complaint has its line."""
        found = self.assertRaises(ConfigErrors, render, "\n\n{{ .Foo }}", {})
        self.assertEqual(found.problems[0].line, 3)

    def test_absent(self) -> None:
        """Whoever asks is told which variables are not set."""
        absent: list[str] = []
        self.assertEqual(render("{{ .Envs.A }}{{ if .Envs.B }}{{ end }}", {}, absent), "<no value>")
        self.assertEqual(absent, [".Envs.A"])

    def test_everyPort(self) -> None:
        """A range over every port is nothing out of the ordinary."""
        self.assertEqual(len(render('{{ range parseNumberRange "1-65535" }}{{ . }}\n{{ end }}', {}).split()), 65535)

    def test_steps(self) -> None:
        """A template that would run for hours does not."""
        text = "{{ range 90000 }}{{ range 90000 }}{{ range 90000 }}{{ end }}{{ end }}{{ end }}"
        self.assertIn("more than 1000000 steps", self.refused(text))

    def test_hugeRange(self) -> None:
        """Nor does one that counts to a billion."""
        self.assertIn("steps", self.refused("{{ range 1000000000 }}{{ end }}"))
        self.assertIn("more than 65536 numbers", self.refused('{{ range parseNumberRange "1-1000000000" }}{{ end }}'))

    def test_output(self) -> None:
        """A template that would print gigabytes does not."""
        text = '{{ $x := printf "%9999d" 1 }}{{ range 9999 }}{{ $x }}{{ end }}'
        self.assertIn("prints more than", self.refused(text))

    def test_doubling(self) -> None:
        """A text that doubles itself stops early."""
        text = '{{ $x := "aaaaaaaa" }}{{ range 99 }}{{ $x = print $x $x }}{{ end }}'
        self.assertIn("more than 4194304 characters", self.refused(text))

    def test_nesting(self) -> None:
        """Neither the nesting of a text nor that of templates ends in a stack overflow."""
        self.assertIn("deep", self.refused("{{ if true }}" * 5000))
        self.assertIn("deep", self.refused("{{ " + "(" * 5000))
        self.assertIn("deep", self.refused("{{ if true }}" + "{{ else if true }}" * 5000))
        deepest = "{{ if true }}" * 59 + '{{ template "t" }}' + "{{ end }}" * 59
        self.assertIn("too deeply", self.refused('{{ define "t" }}' + deepest + '{{ end }}{{ template "t" }}'))

    @given(st.lists(st.sampled_from(WORDS) | st.text(max_size=3), max_size=25), st.sampled_from(["", " "]))
    def test_junk(self, words: list[str], between: str) -> None:
        """Any text is a template or has a complaint."""
        try:
            render("{{ " + between.join(words), {"A": "x"})
        except ConfigErrors as error:
            self.assertTrue(error.brief.startswith("template: frp"), error.brief)
