"""Running a coroutine whatever else runs in this thread: Playwright keeps an event loop of its own open in it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def waited(job: Coroutine[Any, Any, T]) -> T:
    """What a coroutine returns, run to its end in a thread of its own. Raises what it raises."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, job).result()
