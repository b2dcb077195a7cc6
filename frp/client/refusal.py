"""What a server means that does not let a client in, for whoever has to put it right."""

from __future__ import annotations

__all__ = ["hintOn"]

_THERE = "the server is there and does not let frpc in"
_PROOF = "auth.method and auth.token (-t on the command line) must be those of its configuration"

#: What is said of a login by the beginning of the server's words, and where these say nothing by themselves.
_HINTS = (
    ("token in login", f"{_THERE}: {_PROOF}"),
    ("invalid OIDC token in login", f"{_THERE}: {_PROOF}"),
    ("register control error", f"{_THERE}: its log says why; most often, {_PROOF}"),
    ("send Login request to plugin error", f"{_THERE}: a hook of it failed, and its log says why"),
)


def hintOn(said: str) -> str:
    """
    @param said: the error in the server's answer to the login.
    @return: what may be done about it; no more than that the server is there, where it has said why in its own words.
    """
    return next((hint for beginning, hint in _HINTS if said.startswith(beginning)), _THERE)
