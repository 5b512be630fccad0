"""What `goalkeeper conform` asks of a program, so that it sees how the program as a whole answers."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from .context import Context
from .errors import CLASSES, JobError
from .tell import checkpoint, progress


def act(case: str, given: Any, context: Context) -> Any:
    if case in CLASSES:
        raise JobError(f"told to fail as {case}", code=f"conform_{case}", class_=case)
    if case == "retry-after":
        raise JobError("told to ask for time", code="conform_retry_after", retry_after=7)
    if case == "context":
        return {
            "attempt": context.attempt,
            "idempotencyKey": context.idempotency_key,
            "lastCheckpoint": context.last_checkpoint,
        }
    if case == "progress":
        progress(1, 2, "half of it")
        checkpoint({"row": 1})
    if case == "bad-output":
        return object()
    if case == "megabytes":
        return "x" * 60_000_000
    if case == "crash":
        os.kill(os.getpid(), signal.SIGKILL)
    if case in ("cancel", "hang"):
        if case == "hang":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        progress(0, None, "ready")
        time.sleep(3600)
    return {"conform": given}
