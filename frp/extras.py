"""
Extras of this distribution: packages that only some configurations need. An extra is called as what needs it is called
in a configuration: C{quic}, C{ssh}, C{ntlm}.
"""

from __future__ import annotations

import re
from importlib.util import find_spec

__all__ = ["lacks"]

#: What an extra is for, and a module that is there when it is installed.
_EXTRAS = {
    "cluster": ("a directory in Redis", "txredisapi", "txredisapi"),
    "ntlm": ("NTLM", "pyspnego", "spnego"),
    "quic": ("QUIC", "aioquic", "aioquic"),
    "ssh": ("the SSH gateway", "Twisted[conch]", "bcrypt"),
}


def lacks(extra: str) -> str:
    """
    Say what is missing, and how to get it, as this distribution's own requirements have it: it need not come from an
    index.

    @param extra: any name.
    @return: empty where the extra is installed, or there is none of this name.
    """
    if extra not in _EXTRAS:
        return ""
    what, package, module = _EXTRAS[extra]
    if find_spec(module) is not None:
        return ""
    wanted = " ".join(f'"{one}"' for one in _requirements(extra) or [package])
    return f"{what} needs the package {package}: pip install {wanted}"


def _requirements(extra: str) -> list[str]:
    # Imported here, for it takes as long as all the rest.
    from importlib.metadata import PackageNotFoundError, requires

    try:
        found = [one.partition(";") for one in requires("txfrp") or ()]
    except PackageNotFoundError:
        return []
    only = re.compile(rf"""extra\s*==\s*['"]{extra}['"]""")
    return [name.strip() for name, _, marker in found if only.search(marker)]
