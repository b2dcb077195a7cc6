"""What the reference's own code wrote and read, recorded once. Each file says which version it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["recorded"]

_FOLDER = Path(__file__).parent.parent / "vectors"


def recorded(name: str, part: str) -> list[dict[str, Any]]:
    """The vectors of one part of one file; never empty."""
    vectors: list[dict[str, Any]] = json.loads((_FOLDER / f"{name}.json").read_text("utf-8"))[part]
    assert vectors
    return vectors
