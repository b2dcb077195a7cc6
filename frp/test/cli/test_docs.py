"""The pages of the documentation, shown by a command."""

from __future__ import annotations

from frp.cli.docs import found, pages
from frp.cli.frpc import frpc
from frp.cli.frps import frps
from frp.errors import FRPError
from frp.test.cli.test_programs import Programs

NAMES = (
    "index",
    "tutorial",
    "extending/index",
    "extending/proxy",
    "guides/tcp",
    "reference/frps",
    "guides/frps",
    "protocol/x",
    "reference/x",
)


class DocsTests(Programs):
    """C{docs}: what somebody reads who has the wheel and no checkout."""

    def test_list(self) -> None:
        """Without a name there is a line for each page."""
        lines = self.run_(frps, "docs").splitlines()
        self.assertEqual(len(lines), len(pages()))
        self.assertTrue(any(line.split(maxsplit=1) == ["guides/tcp", "TCP proxies"] for line in lines), lines)
        self.assertNotIn("changelog.d", "".join(lines))

    def test_page(self) -> None:
        """A page is shown as it is."""
        self.assertEqual(self.run_(frpc, "docs", "tcp"), pages()["guides/tcp"].read_text() + "\n")

    def test_names(self) -> None:
        """A page has the name that the list gives it, its end, and what links and paths call it."""
        for wanted, name in (
            ("guides/tcp", "guides/tcp"),
            ("tcp", "guides/tcp"),
            ("frps", "guides/frps"),
            ("reference/frps", "reference/frps"),
            ("extending", "extending/index"),
            ("index", "index"),
            ("docs/extending/proxy.md", "extending/proxy"),
            ("../guides/tcp.md#limits", "guides/tcp"),
            ("proxy.md", "extending/proxy"),
        ):
            self.assertEqual(found(wanted, NAMES), name)

    def test_unknown(self) -> None:
        """What is not there, or there twice, is told with what might have been meant."""
        for wanted, hint in (
            ("tpc", "did you mean guides/tcp?"),
            ("x", "did you mean protocol/x or reference/x?"),
            ("weather", "without a name all are listed"),
            ("", "without a name all are listed"),
        ):
            error = self.assertRaises(FRPError, found, wanted, NAMES)
            self.assertEqual(error.brief, f"no page {wanted}: {hint}")
