"""Activities as another team has them: on one queue with goalkeeper's helper, on the other as Temporal's SDK is."""

import asyncio
import os
import re
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from goalkeeper import temporal
from goalkeeper.errors import JobError


def attempt() -> int:
    n = re.search(r"~(\d+)$", activity.info().activity_id)
    return int(n[1]) if n else 1


def write(what: str) -> None:
    with open(os.environ["ATTEMPTS_FILE"], "a") as file:
        file.write(f"{activity.info().workflow_id} {what}\n")


class FeedDown(Exception):
    pass


async def act(given: dict) -> dict:
    script = given["script"]
    n = attempt()
    what, _, detail = (script[n - 1] if n <= len(script) else "ok").partition(":")
    write(f"{activity.info().activity_id} {what}")
    if what == "fail":
        raise FeedDown(detail or f"the feed is down ({n})")
    if what == "gate" and not os.path.exists(detail):
        raise FeedDown("the feed is down")
    if what == "value-error":
        print(f"printed by {n}", "of one")
        activity.logger.warning("logged by %s", n)
        int("seven")
    if what == "cause":
        try:
            raise ConnectionError("connection refused")
        except ConnectionError as error:
            raise FeedDown("the feed is down") from error
    if what == "secret":
        raise FeedDown("no answer to Authorization: Bearer abcdef0123456789")
    if what == "job-error":
        raise JobError("told so", code=detail, class_="data", details={"row": 7})
    if what == "later":
        raise JobError("too busy", code="busy", retry_after=float(detail))
    if what == "next-delay":
        raise ApplicationError("soon", type="Soon", next_retry_delay=timedelta(seconds=float(detail)))
    if what == "non-retryable":
        raise ApplicationError("never", type="Never", non_retryable=True)
    if what == "hang":
        await asyncio.sleep(600)
    if what == "hold":
        temporal.progress(2, 5, "held")
        await asyncio.sleep(600)
    if what == "huge":
        return {"attempt": n, "padding": "x" * 3_000_000}
    return {"attempt": n}


@activity.defn(name="py-act")
async def helped(given: dict) -> dict:
    done = await act(given)
    return {**done, "key": temporal.idempotency_key(), "place": [temporal.step(), temporal.attempt()]}


@activity.defn(name="py-blocking")
def blocking(given: dict) -> dict:
    raise JobError(f"blocked ({temporal.attempt()})", code="blocked")


@activity.defn(name="py-look-alike")
async def look_alike(given: dict) -> dict:
    return {"output": "plain", "ledger": {"total": "mine"}}


@activity.defn(name="py-nothing")
async def nothing(given: dict) -> None:
    return None



def named(name: str):
    async def run(given: dict) -> dict:
        return await act(given)

    return activity.defn(name=name)(run)


@activity.defn(name="py-unreadable")
async def unreadable(given: dict) -> Any:
    return {"rows": [{"id": 2**63 - 1}]} if given["script"] == ["large"] else Timestamp(seconds=7)


async def main() -> None:
    client = await Client.connect(os.environ["TEMPORAL_ADDRESS"])
    others = [named(name) for name in ("py-plain", "py-rarely", "py-stubborn", "py-quick")]
    async with (
        Worker(
            client,
            task_queue="test-python",
            activities=[helped, blocking],
            activity_executor=ThreadPoolExecutor(2),
            interceptors=[temporal.Goalkeeper()],
        ),
        Worker(client, task_queue="test-python-plain", activities=[*others, look_alike, nothing, unreadable]),
    ):
        print("ready", flush=True)
        stopped = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
        await stopped.wait()


asyncio.run(main())
