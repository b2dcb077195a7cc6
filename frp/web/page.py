"""Pages for browsers: ES modules, which the pages of both programs load when somebody goes there."""

from __future__ import annotations

from frp.values import frozen

__all__ = ["Page"]


@frozen
class Page:
    """
    One page, at C{#/NAME} of the pages.

    @ivar title: stands in the side bar.
    @ivar folder: its files. The default export of C{page.js} in it is the page; all others it may ask for.
    @ivar rank: where it stands in the side bar; the lowest is the page that comes first.
    """

    name: str
    title: str
    folder: str
    rank: int = 100
