"""
The manual pages, written from the commands: what C{frps man} prints. Usage, from the top of the checkout::

    python docs/_ext/manual.py

They are text in the checkout because a wheel is built where nothing of what frp imports need be installed.
"""

from __future__ import annotations

from pathlib import Path

from frp.cli.frpc import frpc
from frp.cli.frps import frps
from frp.cli.manual import page

PAGES = Path(__file__).parents[1] / "man"

#: The program of each page.
PROGRAMS = {"frps.1": frps, "frpc.1": frpc}


def written(name: str) -> str:
    """What a page should hold."""
    return page(PROGRAMS[name])


if __name__ == "__main__":
    for name in PROGRAMS:
        (PAGES / name).write_text(written(name))
