"""Values of INI files."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from frp.config.legacy.values import boolean, listed, number, ports, positive, words


class ValueTests(SynchronousTestCase):
    """Texts to values, and texts that are none."""

    def test_numbers(self) -> None:
        """As they are written in Go."""
        for text, value in (
            ("0", 0), ("7000", 7000), ("-1", -1), ("+5", 5), ("0x1F", 31), ("0X_1f", 31), ("017", 15), ("0o17", 15),
            ("0b101", 5), ("1_000", 1000), ("0_7", 7), ("00", 0), ("9223372036854775807", 2**63 - 1),
        ):  # fmt: skip
            self.assertEqual(number(text), value, text)

    def test_noNumbers(self) -> None:
        """All else is ignored."""
        for text in (
            "",
            "x",
            "1.0",
            "1e3",
            "08",
            "0x",
            "_1",
            "1_",
            "1__0",
            " 1",
            "\u0661",
            "9223372036854775808",
            "1" * 9999,
        ):
            self.assertRaises(ValueError, number, text)

    def test_positive(self) -> None:
        """Less than 1 is the default."""
        self.assertEqual([positive(text) for text in ("3", "0", "-2")], [3, None, None])

    def test_booleans(self) -> None:
        """There are many words for it, but not all."""
        self.assertEqual([boolean(text) for text in ("1", "t", "True", "YES", "y", "on")], [True] * 6)
        self.assertEqual([boolean(text) for text in ("0", "f", "FALSE", "No", "n", "Off")], [False] * 6)
        for text in ("", "yEs", "Y", "2", "enable"):
            self.assertRaises(ValueError, boolean, text)

    def test_words(self) -> None:
        """Between commas, but those behind a backslash."""
        for text, found in (
            ("a, b ,c", ["a", "b", "c"]), ("a,,b,", ["a", "", "b"]), (",", [""]), ("a\\,b", ["a,b"]),
            ("a\\\\", ["a\\"]), ("a\\b", ["a\\b"]), ("a\\", ["a"]), ("\\", []), (" ", [""]),
        ):  # fmt: skip
            self.assertEqual(words(text), found, text)

    def test_listed(self) -> None:
        """A boolean may stand for a word in a list."""
        self.assertEqual([listed("x")(text) for text in ("true", "false")], [["x"], None])

    def test_ports(self) -> None:
        """Ranges; what cannot be read allows every port."""
        self.assertEqual(ports("1-3, 5"), [{"start": 1, "end": 3}, {"single": 5}])
        self.assertIn("every port", str(self.assertRaises(ValueError, ports, "3-1")))
