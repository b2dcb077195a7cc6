"""The text of a systemd unit, as a configuration needs it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from string import Template

from frp.values import frozen

__all__ = ["READY", "Unit"]

_TEMPLATE = Path(__file__).with_name("templates") / "unit.txt"

#: What each program calls ready.
READY = {
    "frps": "clients can come",
    "frpc": "a server has answered for the proxies, or, without loginFailExit, has been tried once",
}

#: Where the manager makes folders of a service's own.
_STATES, _LOGS = "/var/lib", "/var/log"


@frozen
class Unit:
    """
    A service of one program.

    @ivar program: C{frps} or C{frpc}, which is its user as well.
    @ivar name: of the unit, without its suffix.
    @ivar words: the command line; programs and files with whole paths.
    @ivar files: what the program writes, as the configuration has it.
    @ivar grace: seconds that users have to finish.
    @ivar tun: whether it makes a network device.
    """

    program: str
    name: str
    words: Sequence[str]
    files: Sequence[str] = ()
    grace: int = 0
    tun: bool = False

    @property
    def text(self) -> str:
        # One folder of its own for each file, if the manager can make it; another one is only made writable.
        folders = sorted({os.path.dirname(file) for file in self.files if os.path.isabs(file)})
        states, logs = _made(_STATES, self.name, folders), _made(_LOGS, self.name, folders)
        own = {f"{_STATES}/{one}" for one in states} | {f"{_LOGS}/{one}" for one in logs}
        others = [folder for folder in folders if not any(f"{folder}/".startswith(f"{one}/") for one in own)]
        return Template(_TEMPLATE.read_text()).substitute(
            program=self.program,
            name=self.name,
            description=f"{self.program}, the {'server' if self.program == 'frps' else 'client'} of frp",
            ready=READY[self.program],
            command=_listed(word.replace("$", "$$") for word in self.words),
            patience=self.grace + 30,
            states=_listed(states),
            logs=_listed(logs),
            writes="".join(f"ReadWritePaths={_quoted(f'-{folder}')}\n" for folder in others),
            capabilities="CAP_NET_BIND_SERVICE" + (" CAP_NET_ADMIN" if self.tun else ""),
            devices="DevicePolicy=closed\nDeviceAllow=/dev/net/tun rw" if self.tun else "PrivateDevices=yes",
        )


def _made(base: str, name: str, folders: Iterable[str]) -> list[str]:
    """@return: the folders below a base, the one of this name first, that hold what is written there."""
    below = (folder.removeprefix(f"{base}/").partition("/")[0] for folder in folders if folder.startswith(f"{base}/"))
    return list(dict.fromkeys([name, *below]))


def _listed(words: Iterable[str]) -> str:
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    """A word as units have it: C{%} means something there, spaces end it."""
    word = word.replace("%", "%%")
    if re.fullmatch(r"[\w@%+=:,./$-]+", word):
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
