"""What a job tells while it works: one JSON object a line, on stderr."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from .errors import JobError


def tell(message: dict[str, Any]) -> None:
    tell_raw(json.dumps({"goalkeeper": 1, **message}, default=str).encode())


def tell_raw(message: bytes) -> None:
    sys.stderr.flush()
    # Straight to the descriptor, in one piece: other threads write their own lines.
    write_all(2, message + b"\n")


def write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def progress(done: float, total: float | None = None, note: str | None = None) -> None:
    """Tells how far the job is: ``done`` of ``total``, and what it is doing."""
    tell({"progress": {"done": done, "total": total, "note": note}})


def checkpoint(state: Any) -> None:
    """Keeps ``state`` (JSON, at most 16 KB) for the next attempt, as its ``context.last_checkpoint``."""
    try:
        json.dumps(state, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise JobError(f"the checkpoint is no JSON: {error}", code="checkpoint_invalid", class_="data") from error
    tell({"checkpoint": state})
