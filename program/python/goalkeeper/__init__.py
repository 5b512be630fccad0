"""Jobs for goalkeeper in Python: see docs/reference/job-contract.md. Nothing but the standard library is needed."""

from . import artifact
from .context import Context
from .errors import CLASSES, JobError, told
from .job import job
from .tell import checkpoint, progress

__all__ = ["CLASSES", "Context", "JobError", "artifact", "checkpoint", "job", "progress", "told"]
