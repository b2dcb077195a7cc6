"""INI texts to sections. Whether it is what the reference makes of them, is asked with files as a whole."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.config.legacy.ini import SIZE_LIMIT, File, parse
from frp.errors import ConfigError, ConfigErrors


def sections(text: str) -> dict[str, dict[str, str]]:
    """The values of a text, as they are written; without the section before all others, if it is empty."""
    return {
        name: {entry.name: entry.raw for entry in section.entries.values()}
        for name, section in parse(text).sections.items()
        if section.entries or name != "DEFAULT"
    }


class INITests(SynchronousTestCase):
    """One rule each."""

    def only(self, text: str) -> dict[str, str]:
        """The values of the one section of a text."""
        (found,) = sections(text).values()
        return found

    def refused(self, text: str) -> ConfigError:
        """The complaint about a text."""
        errors = self.assertRaises(ConfigErrors, parse, text)
        assert isinstance(errors, ConfigErrors)
        (problem,) = errors.problems
        return problem

    def test_sections(self) -> None:
        """A section begins with its name in brackets; one that stands twice is one."""
        text = "x = 1\n[a]\ny = 2\n[b] # z\n\t[a]\nz = 3\n[ c ]\n"
        self.assertEqual(sections(text), {"DEFAULT": {"x": "1"}, "a": {"y": "2", "z": "3"}, "b": {}, " c ": {}})
        self.assertEqual(list(sections("[a]b]\n[[c]]")), ["a]b", "[c]"])

    def test_keys(self) -> None:
        """The first = or : ends a name, which may stand in quotes."""
        text = 'a=b=c\nd : e\n "f = g" = h\n`i:` : j\n"""k"l""" = m\nA = n\n'
        self.assertEqual(self.only(text), {"a": "b=c", "d": "e", "f = g": "h", "i:": "j", 'k"l': "m", "A": "n"})

    def test_bare(self) -> None:
        """A key without a value is true."""
        self.assertEqual(self.only("a\n'b'\nc \\\n d\n"), {"a": "true", "b": "true", "c d": "true"})
        self.assertEqual((parse("\na\nb\n").bare, parse("a = b").bare), (2, 0))

    def test_nameless(self) -> None:
        """A dash stands for a name that counts, anew in each section."""
        self.assertEqual(sections("- = a\n- = b\n[c]\n- = d"), {"DEFAULT": {"#1": "a", "#2": "b"}, "c": {"#1": "d"}})

    def test_comments(self) -> None:
        """A comment has a line of its own; behind a value it is part of it."""
        self.assertEqual(self.only("# a = b\n  ; c = d\ne = f # g ; h\n"), {"e": "f # g ; h"})

    def test_quotes(self) -> None:
        """Quotes around a value are dropped where there are no others of their kind in it."""
        text = 'a = "b"\nc = \'d\'\ne = "f"g"\nh = \'i"\nj = `k\'l`\nm = """n"o"""\np = ""\nq = \'\n'
        self.assertEqual(
            self.only(text),
            {"a": "b", "c": "d", "e": '"f"g"', "h": "'i\"", "j": "k'l", "m": 'n"o', "p": "", "q": "'"},
        )

    def test_manyLines(self) -> None:
        """A value goes on in the next line behind a backslash, and until its quote where that is one for many lines."""
        text = 'a = b \\\n   c\\\nd\ne = `f\n g`\nh = """i\n\nj""" = k\nl = m\\\n\nn = o\\'
        self.assertEqual(self.only(text), {"a": "b cd", "e": "f\n g", "h": "i\n\nj", "l": "m", "n": "o"})

    def test_spaces(self) -> None:
        """Space is what Go calls so; lines may end as on Windows, and a mark may stand before all."""
        self.assertEqual(self.only("\ufeff\xa0a\u2003=\x85b\u3000\r\nc = \x1fd\x1f\r\n"), {"a": "b", "c": "\x1fd\x1f"})

    def test_lastCounts(self) -> None:
        """Of two values the last one counts, and both things that stand twice are noted."""
        file = parse("[a]\nb = 1\n[a]\nb = 2\n")
        self.assertEqual(file.sections["a"].text("b"), "2")
        self.assertEqual(
            file.doubts,
            [
                (3, "[a] stands here once more: both are one section"),
                (4, "b stands in [a] once more: this one counts"),
            ],
        )

    def test_above(self) -> None:
        """A section has the keys of the nearest one that its name is below."""
        file = parse("z = 0\n[a]\nx = 1\ny = 2\n[a.b.c]\nx = 3\n[.d]\n")
        self.assertEqual([file.sections["a.b.c"].text(name) for name in "xyz"], ["3", "2", ""])
        self.assertEqual(file.sections[".d"].text("z"), "0")

    def test_names(self) -> None:
        """%(name)s stands for another key of the section, or of what is before all others."""
        file = parse(
            "host = h\n[a]\nx = %(host)s:%(port)s\nport = 1\ny = %(y)s %(none)s 5%\nz = %(x)s\n[b]\nhost = %(host)s!\n"
        )
        section = file.sections["a"]
        self.assertEqual([section.text(name) for name in "xyz"], ["h:1", "%(y)s %(none)s 5%", "h:1"])
        self.assertEqual(file.sections["b"].text("host"), "h!")
        self.assertEqual(section.entries["x"].raw, "%(host)s:%(port)s")

    def test_refused(self) -> None:
        """What cannot be read is refused in the reference's words, with its line."""
        for text, problem, line in (
            ("\n[a\n", "unclosed section: [a", 2),
            ("[]\n", "empty section name", 1),
            ("[a]\n = b", "empty key name: = b", 2),
            ('"a = b\n', 'missing closing key quote: "a = b', 1),
            ("'' \n", "error creating new key: empty key name", 1),
            ('"" = a\n', "error creating new key: empty key name", 1),
            ("a = b\nc = `d\n\n", "missing closing key quote from line 2", 2),
        ):
            found = self.refused(text)
            self.assertEqual((found.problem, found.line), (problem, line))

    def test_large(self) -> None:
        """Neither a text nor a value grows without end."""
        self.assertIn("longer than", self.refused("a" * (SIZE_LIMIT + 1)).problem)
        rows = ["x = " + "y" * 1000] + [f"a{n} = " + f"%(a{n - 1})s" * 100 for n in range(1, 9)]
        file = parse("\n".join(["a0 = %(x)s", *rows]))
        self.assertRaises(ConfigErrors, lambda: file.sections["DEFAULT"].text("a8"))

    def test_openNames(self) -> None:
        """Names that do not end cost no more than others, however many there are."""
        for text in ("%(" * 1_000_000, "%(" * 500_000 + ")" + "%()s" * 100_000):
            self.assertEqual(parse(f"a = {text}").sections["DEFAULT"].text("a"), text)

    def test_manyLinesQuickly(self) -> None:
        """A hundred thousand keys are many, but not too many."""
        self.assertEqual(len(self.only("".join(f"k{n} = {n}\n" for n in range(100_000)))), 100_000)

    def test_places(self) -> None:
        """Lines of files that were put together are those of each."""
        file = File(others=[(3, "b.ini"), (5, "c.ini")])
        self.assertEqual(
            [file.place(line) for line in (1, 3, 4, 5, 6)], [("", 1), ("", 3), ("b.ini", 1), ("b.ini", 2), ("c.ini", 1)]
        )

    @given(st.text(alphabet="ab=:[].#;\"'`%()s\\ \t\n\r-", max_size=40))
    def test_junk(self, text: str) -> None:
        """Any text is sections, or has a complaint with a line of it."""
        try:
            file = parse(text)
        except ConfigErrors as errors:
            self.assertTrue(0 < errors.problems[0].line <= text.count("\n") + 1)
        else:
            for section in file.sections.values():
                self.assertEqual(
                    [section.text(name) for name in section.entries], [e.value for e in section.entries.values()]
                )
