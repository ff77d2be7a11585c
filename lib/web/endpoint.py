"""An address beside the pages: what answers it, what it takes and gives, said once for the server and for OpenAPI."""

from __future__ import annotations

import gzip
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

import anyio.to_thread
from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lib.web.asking import BadQuery, problem, refusal

LOG = logging.getLogger(__name__)
FRESH_SECONDS = 60
"""How long a proxy may answer by itself; after that it asks whether the catalog has changed."""
AT_ONCE = 4
"""Data requests computed at the same time: the rest of the threads are for pages."""
_limiter: RunVar[CapacityLimiter] = RunVar("data requests")


@dataclass(frozen=True)
class Endpoint:
    """An address that can be asked with GET and HEAD."""

    path: str
    answer: Callable[[Request], Response] | Route
    """What makes the answer, in a thread; or a route that sees to that itself."""
    media: str
    """Media type of what it gives."""
    summary: str
    words: str = ""
    tag: str = "catalog"
    page: str | None = None
    """The page whose parameters it takes; `None` where it takes none."""
    more: tuple[str, ...] = ()
    """Parameters besides those."""
    bounded: bool = True
    """Whether it counts among the data requests, of which only so many are computed at once."""

    def route(self) -> Route:
        """As Starlette wants it."""
        if isinstance(self.answer, Route):
            return self.answer
        return Route(self.path, self._asked, methods=["GET"], name=self.path)

    async def _asked(self, request: Request) -> Response:
        assert not isinstance(self.answer, Route)
        call = partial(_answered, self.answer, request)
        if not self.bounded:
            return await anyio.to_thread.run_sync(call)
        limiter = _limiter.get(None)
        if limiter is None:
            _limiter.set(limiter := CapacityLimiter(AT_ONCE))
        return await anyio.to_thread.run_sync(call, limiter=limiter)


def _answered(answer: Callable[[Request], Response], request: Request) -> Response:
    """The answer, or a problem document: 422 for parameters, 500 with the fault in the log."""
    try:
        return answer(request)
    except BadQuery as error:
        return refusal(error)
    except Exception:
        LOG.exception("no answer for %s", request.url.path)
        return problem(500, "This could not be computed; the fault was written to the server's log.")


def held(request: Request, tag: str, version: str, media: str, body: Callable[[], bytes], name: str) -> Response:
    """A body proxies may hold: with ETag and Cache-Control, 304 for who has it. `body` is only made where it is wanted.

    `tag` has to differ whenever the bytes do. Compressed here, in a thread and once, because the middleware behind would
    do it on the loop that serves the pages, for each request again.
    """
    zipped = _takes_gzip(request.headers.get("accept-encoding", ""))
    headers = {
        "ETag": f'"{tag}-gzip"' if zipped else f'"{tag}"',
        "Cache-Control": f"public, max-age={FRESH_SECONDS}",
        "Vary": "Accept-Encoding",
        "X-Catalog-Version": version,
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "ETag, X-Catalog-Version",
    }
    given = [part.strip().removeprefix("W/").strip('"') for part in request.headers.get("if-none-match", "").split(",")]
    if {tag, f"{tag}-gzip", "*"} & set(given):
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = f'inline; filename="{name}"'
    content = body()
    if zipped:
        content, headers["Content-Encoding"] = squeezed(content), "gzip"
    return Response(content, headers=headers, media_type=media)


def _takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding header allows gzip; `gzip;q=0` does not."""
    parts = [part.replace(" ", "").lower() for part in accepted.split(",")]
    return any(p == "gzip" or (p.startswith("gzip;q=") and p[7:].strip("0.") != "") for p in parts)


@lru_cache(maxsize=48)
def squeezed(body: bytes) -> bytes:
    """The bytes as gzip, the same on every server."""
    return gzip.compress(body, 6, mtime=0)
