"""For a ``temporalio`` worker whose activities are jobs of goals: ``Worker(..., interceptors=[Goalkeeper()])``.

Errors are told by goalkeeper's contract, with what was printed and logged before them; an attempt that lives is
heartbeated by itself, and progress shows in the run view. Nothing here is needed: without it errors arrive all the same, by the name of their class. See docs/guide/jobs.md.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from contextlib import suppress
from contextvars import ContextVar
from datetime import timedelta
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError, CancelledError, FailureError
from temporalio.worker import (
    ActivityInboundInterceptor,
    ActivityOutboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
)

from . import written
from .errors import JobError, told

_EMPTY_LEDGER = {"total": 0, "server": 0, "open": False, "first": [], "last": [], "tallies": {}}
_NOTE_LIMIT = 200

_key: ContextVar[str] = ContextVar("goalkeeper_idempotency_key")


def step() -> str:
    """The step's path in its run, such as ``train#1``."""
    return _place()[0]


def attempt() -> int:
    """Which attempt of its step this is, from 1. (``activity.info().attempt`` is always 1.)"""
    return _place()[1]


def idempotency_key() -> str:
    """The same for every attempt of this step, also when its run goes on from a failure."""
    return _key.get()


def progress(done: float, total: float | None = None, note: str | None = None) -> None:
    """Tells how far the job is. Cheap: call it as often as you like."""
    about = {"done": done, "total": total, "note": note if note is None else note[:_NOTE_LIMIT]}
    activity.heartbeat({"gk": 1, "ledger": _EMPTY_LEDGER, "progress": about})


class Goalkeeper(Interceptor):
    """Speaks goalkeeper's contract for every activity of a worker."""

    def __init__(self) -> None:
        written.keep()

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Inbound(next)


class _Outbound(ActivityOutboundInterceptor):
    """Keeps what was heartbeated last, so that it can be said again."""

    last: tuple[Any, ...] = ()

    def heartbeat(self, *details: Any) -> None:
        self.last = details
        super().heartbeat(*details)


class _Inbound(ActivityInboundInterceptor):
    def init(self, outbound: ActivityOutboundInterceptor) -> None:
        self._outbound = _Outbound(outbound)
        super().init(self._outbound)

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        _key.set(_key_of(input.args))
        lines = written.Lines()
        written.current.set(lines)
        beating = asyncio.create_task(self._beat(activity.info().heartbeat_timeout))
        try:
            return await super().execute_activity(input)
        except (asyncio.CancelledError, CancelledError) as error:
            if _is_stopping():
                stopped = JobError(
                    "the worker was told to stop in mid-attempt", code="worker_stopped", class_="infrastructure"
                )
                raise _failure(stopped, lines) from None
            raise error
        except FailureError as error:
            # An author who speaks Temporal's own words is understood as well.
            raise error
        except Exception as error:
            raise _failure(error, lines) from error.__cause__
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating

    async def _beat(self, timeout: timedelta | None) -> None:
        if timeout is None:
            return
        while True:
            await asyncio.sleep(timeout.total_seconds() / 2)
            # Past an interceptor of ours: what the job says itself must not be forgotten.
            self._outbound.next.heartbeat(*self._outbound.last)


def _place() -> tuple[str, int]:
    path, _, n = activity.info().activity_id.partition("~")
    return path, int(n) if re.fullmatch(r"\d+", n) else 1


def _key_of(args: Any) -> str:
    text = json.dumps(list(args), sort_keys=True, default=repr)
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return f"{activity.info().workflow_id}/{_place()[0]}/{digest}"


def _is_stopping() -> bool:
    details = activity.cancellation_details()
    if details is not None and details.cancel_requested:
        return False
    return activity.is_worker_shutdown()


def _failure(error: Exception, lines: written.Lines) -> ApplicationError:
    message = told(error)
    about = message["error"]
    if log := lines.take():
        message["log"] = log
    failure = ApplicationError(about["message"], message, type=about["type"])
    # Where it was raised, not where it was translated.
    return failure.with_traceback(error.__traceback__)
