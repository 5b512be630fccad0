"""Does what its input says for this attempt, and notes in a file when it begins and ends."""

import os
import signal
import subprocess
import sys
import time

from goalkeeper import JobError, checkpoint, job, progress


def act(given, context):
    def note(what):
        with open(given["file"], "a") as file:
            file.write(f"{context.attempt} {os.getpid()} {what} {time.monotonic()}\n")

    acts = given["acts"]
    what = acts[min(context.attempt, len(acts)) - 1]
    note("begins")
    if what == "transient":
        checkpoint({"row": context.attempt})
        raise JobError(f"the feed is down: {os.environ['PROGRAM_TOKEN']}", code="feed_down", details={"feed": "eu"})
    if what == "permanent":
        raise JobError("no such customer", code="no_customer", class_="permanent")
    if what == "throw":
        raise ValueError("something odd")
    if what == "exit":
        print("about to give up", file=sys.stderr)
        os._exit(77)
    if what in ("hang", "deaf"):
        if what == "deaf":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = subprocess.Popen(["sleep", "300"])
        with open(given["file"], "a") as file:
            file.write(f"{context.attempt} {child.pid} child {time.monotonic()}\n")
        progress(1, 3, "hanging")
        time.sleep(300)
    return {"attempt": context.attempt, "key": context.idempotency_key, "from": context.last_checkpoint}


job(act)
