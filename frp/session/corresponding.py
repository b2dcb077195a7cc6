"""
Control messages that kinds have of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from frp.errors import FRPError, PluginError
from frp.session.correspondence import Answer, Correspondence
from frp.wire.messages import Message

__all__ = ["enrol"]


def enrol(messages: Correspondence, title: str, answers: Callable[[], Mapping[type[Message], Answer]]) -> None:
    """
    Let a kind handle its messages.

    @param title: what errors call the kind.
    @param answers: its C{serverAnswers} or C{clientAnswers}, with the site.
    @raise FRPError: the kind does not say what it handles, or wants what is another's.
    """
    try:
        found: dict[type[Message], Answer] = dict(answers())
    except FRPError:
        raise
    except Exception as error:
        raise PluginError(
            "internal error",
            f"{title} does not say which messages it answers: {type(error).__name__}: {error}",
            bug=error,
        ) from error
    messages.answer(found, owner=title)
