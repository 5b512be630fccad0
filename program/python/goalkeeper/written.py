"""What an activity prints and logs, kept until it has ended: an error takes the last of it along."""

from __future__ import annotations

import logging
import sys
from collections import deque
from contextvars import ContextVar
from datetime import datetime, timezone
from typing import Any, TextIO

_LINES = 50
_LINE = 500
_CHARACTERS = 3_500

_LEVELS = ((50, "fatal"), (40, "error"), (30, "warn"), (20, "info"), (10, "debug"), (0, "trace"))


class Lines:
    """The newest lines of one activity."""

    def __init__(self) -> None:
        self._kept: deque[dict[str, str]] = deque(maxlen=_LINES)
        self._count = 0
        self._open = ""

    def add(self, text: str, level: str | None = None) -> None:
        self._count += 1
        at = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self._kept.append({"at": at, **({} if level is None else {"level": level}), "text": text[:_LINE]})

    def write(self, text: str) -> None:
        """A piece of what is printed, in which a line may end."""
        *whole, rest = (self._open + text).split("\n")
        # Of a line that never ends no more is kept than of any other.
        self._open = rest[:_LINE]
        for line in whole:
            if line.strip():
                self.add(line)

    def take(self) -> dict[str, Any] | None:
        """As the envelope has them; None where nothing was written."""
        if self._open.strip():
            self.write("\n")
        taken: list[dict[str, str]] = []
        left = _CHARACTERS
        for line in reversed(self._kept):
            left -= len(line["text"]) + 60
            if left < 0:
                break
            taken.insert(0, line)
        return {"lines": taken, "dropped": self._count - len(taken)} if self._count else None


current: ContextVar[Lines | None] = ContextVar("goalkeeper_lines", default=None)
"""Those of the activity whose code runs."""


class _Printed:
    """Stands for ``sys.stdout``: what an activity prints is kept as well."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        lines = current.get()
        if lines is not None:
            lines.write(text)
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Logged(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        lines = current.get()
        if lines is not None:
            lines.add(record.getMessage(), next(name for least, name in _LEVELS if record.levelno >= least))


def keep() -> None:
    """From now on what activities of this process print and log is kept, each by itself."""
    if isinstance(sys.stdout, _Printed):
        return
    sys.stdout = _Printed(sys.stdout)  # type: ignore[assignment]
    logging.getLogger().addHandler(_Logged())
