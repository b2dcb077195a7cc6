"""Hypothesis strategies for the codecs."""

from frp.testing.strategies import cuts as cut
from frp.testing.strategies import fields, messages, pieces

__all__ = ["cut", "fields", "messages", "pieces"]
