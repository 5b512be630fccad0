"""What a job knows of the attempt that it is."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Context:
    attempt: int
    """Which attempt of the step this is, from 1."""
    idempotency_key: str
    """The same for every attempt of this step: give it to whoever must not do the work twice."""
    goal: str
    run: str
    step: str
    deadline: datetime | None
    """The run's deadline; None when it has none."""
    last_checkpoint: Any
    """What the last ``checkpoint`` of this step kept, in whichever attempt; None when nothing did."""
    ends_at: float
    """When the attempt times out, by ``time.monotonic()``."""

    @property
    def remaining(self) -> float:
        """What is left of this attempt's time, in seconds."""
        return max(0.0, self.ends_at - time.monotonic())


def context_from(environment: os._Environ[str] | dict[str, str]) -> Context:
    """As goalkeeper gives it; run by hand, as a first attempt that may take for ever."""

    def given(name: str, default: str = "") -> str:
        return environment.get(f"GOALKEEPER_{name}", default)

    deadline = given("DEADLINE")
    return Context(
        attempt=int(given("ATTEMPT", "1")),
        idempotency_key=given("IDEMPOTENCY_KEY"),
        goal=given("GOAL"),
        run=given("RUN"),
        step=given("STEP"),
        deadline=datetime.fromisoformat(deadline.replace("Z", "+00:00")) if deadline else None,
        last_checkpoint=json.loads(given("CHECKPOINT", "null")),
        ends_at=time.monotonic() + float(given("REMAINING_MS", "inf")) / 1000,
    )
