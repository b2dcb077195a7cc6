"""The rows about a frps with a thousand clients and five thousand proxies, as somebody sees it who operates it."""

from __future__ import annotations

from benchmarks.crowd import Crowd, Returning, returned
from benchmarks.operating import answering, missingBrowser, opening
from benchmarks.row import Row
from benchmarks.settings import Proxy, Setting
from benchmarks.table import Better, Figure

__all__ = ["OPERATING"]

_CROWD = Setting("crowd", (), server=("webServer.port = {gatewayPort}", "enablePrometheus = true"))
_RETURNING = Setting("returning", (Proxy("served", "echo"),))


def _answer(key: str, path: str) -> Row:
    return Row(
        f"crowd-{key}",
        (
            Figure(f"crowd-{key}", f"1,000 clients, 5,000 proxies: {path}", "ms", Better.LESS),
            Figure(f"crowd-{key}-others", "the longest that others wait meanwhile", "ms", Better.LESS),
        ),
        _CROWD,
        answering(path),
        tunnel=Crowd,
    )


def _page(key: str, title: str) -> Figure:
    return Figure(f"crowd-page-{key}", f"1,000 clients, 5,000 proxies: the page {title} in Chromium", "ms", Better.LESS)


OPERATING: tuple[Row, ...] = (
    _answer("type", "/api/proxy/tcp"),
    _answer("everybody", "/api/clients"),
    _answer("proxies", "/api/v2/proxies?page=50"),
    _answer("search", "/api/v2/proxies?q=Proxy-99&status=online"),
    _answer("user", "/api/v2/proxies?user=user42"),
    _answer("clients", "/api/v2/clients?page=10"),
    _answer("client-search", "/api/v2/clients?q=Client9"),
    _answer("client", "/api/v2/clients/user42.client421"),
    _answer("users", "/api/v2/users"),
    _answer("metrics", "/metrics"),
    Row(
        "crowd-pages",
        (_page("overview", "of the server"), _page("clients", "of clients"), _page("proxies", "of proxies")),
        _CROWD,
        opening(
            ("/", ".figures, .stat-card"), ("/clients", "tbody tr, .client-card"), ("/proxies", "tbody tr, .proxy-card")
        ),
        missing=missingBrowser,
        tunnel=Crowd,
    ),
    Row(
        "crowd-return",
        (
            Figure("crowd-return", "1,000 clients, 3,000 proxies: frps listens again to all are up", "s", Better.LESS),
            Figure("crowd-return-p50", "round trip of a user who is served meanwhile, p50", "ms", Better.LESS),
            Figure("crowd-return-slowest", "the slowest of them", "ms", Better.LESS),
            Figure("crowd-return-end", "frps with 1,000 clients: told to end until it has ended", "s", Better.LESS),
        ),
        _RETURNING,
        returned,
        fresh=True,
        long=True,
        tunnel=Returning,
    ),
)
