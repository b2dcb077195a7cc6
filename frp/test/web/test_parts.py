"""Our own web parts keep the contract."""

from __future__ import annotations

from typing import Any

from frp.interfaces import IAdminPartKind, IDashboardPartKind
from frp.plugin import Contribution
from frp.testing.contracts import WebPartContract
from frp.testing.web import WebTestCase
from twisted.plugins import frp_web

#: What turns on those that are off.
SETTINGS: dict[str, dict[str, Any]] = {
    "metrics": {"enablePrometheus": True},
    "profiles": {"web": {"pprofEnable": True}},
    "store": {"store": {"path": "/no/folder/store.json"}},
}


def _cases() -> dict[str, type]:
    """A test case for each that is announced."""
    made = {}
    for one in vars(frp_web).values():
        if isinstance(one, Contribution):
            program = {IDashboardPartKind: "Dashboard", IAdminPartKind: "Admin"}[one.family]
            space: dict[str, object] = {
                "__module__": __name__,
                "__doc__": one.summary,
                "family": one.family,
                "name": one.name,
            }
            space["settings"] = SETTINGS.get(one.name, {})
            name = f"{program}{one.name.capitalize()}Tests"
            made[name] = type(name, (WebPartContract, WebTestCase), space)
    return made


globals().update(_cases())
