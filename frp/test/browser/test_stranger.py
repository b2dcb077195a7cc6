"""A page that somebody else has written: that of docs/extending/web.md."""

from __future__ import annotations

import os

from twisted.trial.unittest import SkipTest

from frp.test.browser.browsing import BrowserTestCase, User
from frp.test.test_docs import CHECKOUT, FILE

FRPS = """
bindAddr = "127.0.0.1"
bindPort = {bindPort}
webServer.port = {web}

[[hooks]]
type = "visits"
"""


class StrangerTests(BrowserTestCase):
    """frps with a package beside it that it knows nothing of."""

    async def test_page(self) -> None:
        """Its page is in the side bar, and shows what its API says, in our tables."""
        page = CHECKOUT / "docs" / "extending" / "web.md"
        if not page.exists():
            raise SkipTest("installed without the pages")
        for path, text in FILE.findall(page.read_text()):
            if path:
                (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
                (self.folder / path).write_text(text)
        (self.folder / "frps.toml").write_text(FRPS.format(bindPort=self.bindPort, web=self.ports["frps"]))
        where = os.path.abspath(self.folder)
        start = f"import sys; sys.path.insert(0, {where!r}); from frp.cli.frps import main; main()"
        server = self.child("-c", start, "-c", f"{where}/frps.toml")
        await server.lines.wait("frps started successfully")
        await self.frpc()
        user = await self.served()
        address = user.transport.getHost()

        def work(user: User) -> None:
            user.go(self.dashboard)
            user.press("Visits", "//nav")
            user.press("web", "//main")
            user.sees(f"{address.host}:{address.port}")

        await self.visit(work)
