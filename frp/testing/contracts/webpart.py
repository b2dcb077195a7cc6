"""What every web part must do."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from zope.interface import Interface
from zope.interface.verify import verifyObject

from frp.interfaces import IAdminPartKind, IDashboardPartKind, IWebPart
from frp.web.openapi import described
from frp.web.operations import ANY, Operation, operationsOf
from frp.web.serving import Serving

if TYPE_CHECKING:
    from frp.testing.web import WebTestCase

    _Base = WebTestCase
else:
    _Base = object

__all__ = ["WebPartContract"]


class WebPartContract(_Base):
    """
    Something that the web server of frps or frpc serves, beside all else that it serves.

    @cvar family: C{IDashboardPartKind} or C{IAdminPartKind}.
    @cvar name: of the kind.
    @cvar settings: what the program needs for it; what its web server needs is C{web}.
    """

    family: type[Interface] = IDashboardPartKind
    name = ""
    settings: dict[str, Any] = {}

    def start(self) -> Serving:
        """Start the program, with a password."""
        web = {"user": "admin", "password": "secret", **self.settings.get("web", {})}
        settings = {**self.settings, "web": web}
        if self.family is IAdminPartKind:
            self.network.server()
            return self.admin(**settings)
        return self.dashboard(**settings)

    def part(self, serving: Serving) -> IWebPart:
        """What the kind makes."""
        made: IWebPart = serving.parts[self.name]
        return made

    def operations(self, serving: Serving) -> list[Operation]:
        """What it declares."""
        return [one for resource in self.part(serving).resources for one in operationsOf(resource)]

    def test_interfaces(self) -> None:
        """The kind and what it makes provide what they promise."""
        verifyObject(self.family, self.network.registry.get(self.family, self.name))
        verifyObject(IWebPart, self.part(self.start()))

    def test_described(self) -> None:
        """Everything that it does can be described: each shape has a schema, each operation a line."""
        operations = self.operations(self.start())
        self.assertTrue(operations)
        self.assertEqual([one.path for one in operations if not one.about], [])
        paths: Any = described(operations)["paths"]
        self.assertEqual(set(paths), {one.path for one in operations})

    def test_apart(self) -> None:
        """Nothing else is served at its paths."""
        serving = self.start()
        served = Counter((one.verb, one.path) for one in serving.operations)
        own = {(one.verb, one.path) for one in self.operations(serving)}
        self.assertEqual({one for one in own if served[one] != 1}, set())

    def test_locked(self) -> None:
        """Without the password nobody gets anything but what is declared to need none; and that changes nothing."""
        operations = self.operations(self.start())
        self.assertEqual([one.path for one in operations if not one.locked and one.changes], [])
        for one in [one for one in operations if one.locked]:
            verb = "GET" if one.verb == ANY else one.verb
            stranger = self.begin(verb, re.sub(r"{\w+}", "x", one.path))
            self.network.advance(0.3)
            self.assertIn(b"401 ", stranger.received[:20], f"{verb} {one.path}")

    def test_foreign(self) -> None:
        """A page of another site changes nothing, though the browser sends the password along."""
        for one in [one for one in self.operations(self.start()) if one.changes]:
            path = re.sub(r"{\w+}", "x", one.path)
            user = self.begin(one.verb, path, b"{}", "admin:secret", more=["Origin: http://evil.test"])
            self.assertIn(b"403 ", user.received[:20], f"{one.verb} {one.path}")

    def test_pages(self) -> None:
        """Each page is there, and behind the password as well."""
        for page in self.part(self.start()).pages:
            path = f"/static/pages/{page.name}/page.js"
            self.assertIn(b"export default", self.get(path, "admin:secret").body)
            stranger = self.begin("GET", path)
            self.network.advance(0.3)
            self.assertIn(b"401 ", stranger.received[:20])

    def test_close(self) -> None:
        """It lets go when the server stops."""
        serving = self.start()
        part = self.part(serving)
        self.webs.remove(serving)
        serving.stopService()
        self.network.advance(1)
        part.close()
