"""The error contract of goalkeeper, for jobs in Python: see docs/reference/job-contract.md."""

from __future__ import annotations

from typing import Any

CLASSES = ("transient", "permanent", "data", "code", "infrastructure")


class JobError(Exception):
    """An error that says what to do about it.

    ``class_`` decides about a next attempt: ``transient`` and ``infrastructure`` are tried again, ``permanent``,
    ``data`` and ``code`` are not. ``retry_after`` is in seconds. ``details`` is any JSON, kept up to 1 KB.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        class_: str = "transient",
        retry_after: float | None = None,
        details: Any = None,
    ) -> None:
        if class_ not in CLASSES:
            raise ValueError(f"class_ is {class_!r}; give one of {', '.join(CLASSES)}")
        super().__init__(message)
        self.code = code
        self.class_ = class_
        self.retry_after = retry_after
        self.details = details


def told(error: BaseException) -> dict[str, Any]:
    """The error as the contract's message; one that is no ``JobError`` is ``transient``, its code ``unclassified``."""
    about: dict[str, Any] = {"message": str(error) or type(error).__name__, "type": type(error).__name__}
    if isinstance(error, JobError):
        about |= {"code": error.code, "class": error.class_}
        if error.retry_after is not None:
            about["retryAfter"] = error.retry_after
        if error.details is not None:
            about["details"] = error.details
    else:
        about |= {"code": "unclassified", "class": "transient"}
    return {"goalkeeper": 1, "error": about}
