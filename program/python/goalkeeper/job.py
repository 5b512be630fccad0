"""Runs a function as a job: input from stdin, output to stdout, errors as the contract has them."""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from typing import Any, Callable

from .conform import act
from .context import Context, context_from
from .errors import JobError, told
from .tell import tell, write_all


def job(run: Callable[[Any, Context], Any]) -> None:
    """Runs ``run(input, context)`` and ends the program.

    What it returns is the output: anything that ``json.dumps`` takes. A ``JobError`` says what to do about it; any
    other exception is tried again. What it prints is log. SIGTERM ends it by ``SystemExit``, so ``finally`` runs.
    """
    output = _output()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        context = context_from(os.environ)
        given = _input()
        case = os.environ.get("GOALKEEPER_CONFORM")
        data = _json(act(case, given, context) if case else run(given, context))
    except Exception as error:
        if not isinstance(error, JobError):
            traceback.print_exc()
        message = told(error)
        tell({"error": message["error"]})
        sys.exit(1)
    sys.stdout.flush()
    write_all(output, data)
    sys.exit(0)


def _output() -> int:
    """The descriptor for the output. What anything prints to stdout from now on goes to stderr, and is log."""
    fd = int(os.environ.get("GOALKEEPER_OUTPUT_FD", "1"))
    if fd != 1:
        return fd
    sys.stdout.flush()
    output = os.dup(1)
    os.dup2(2, 1)
    return output


def _input() -> Any:
    try:
        return json.load(sys.stdin.buffer)
    except ValueError as error:
        raise JobError(f"the input is no JSON: {error}", code="input_invalid", class_="data") from error


def _json(output: Any) -> bytes:
    try:
        return (json.dumps(output, ensure_ascii=False, allow_nan=False) + "\n").encode()
    except (TypeError, ValueError) as error:
        raise JobError(f"the output is no JSON: {error}", code="output_not_json", class_="data") from error
