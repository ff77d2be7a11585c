"""How much one visitor may ask: bounds on a request's address, headers, body and time, and on open pages.

A proxy in front may be stricter; these hold without one.
"""

from __future__ import annotations

import asyncio
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lib.web.asking import HOST, problem
from lib.web.index import assets

LONGEST_ADDRESS_BYTES = 16 << 10
"""Path and query together; the longest permalink of ours has under 2 KiB."""
LARGEST_HEADERS_BYTES = 32 << 10
LARGEST_BODY_BYTES = 2 << 20
"""An uploaded file (`server.maxUploadSize`, 1 MB) and what surrounds it."""
LONGEST_BODY_SECONDS = 20.0
MOST_COMPUTED_AT_ONCE = 4
LONGEST_WAIT_SECONDS = 10.0
"""For one of the places above; Python computes on one core, so more at once would only make all of them late."""
MOST_OPEN_PAGES = 1000
LARGEST_MESSAGE_BYTES = 2 << 20
"""From an open page. A few kilobytes of zeros unpack to whatever one likes: before this is looked at the socket ends what
unpacks to more than `server.maxMessageSize`, 4 MB; the largest the server itself sends is a tenth of that."""
MESSAGES_PER_SECOND, MESSAGES_AT_ONCE = 20.0, 60.0
"""From one open page. What comes faster waits in the network, not in this process."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"})
Refusal = tuple[int, str]


def refusal_of(scope: Scope) -> Refusal | None:
    """Status and detail of the answer to a request that is refused unread; None for one that may go on."""
    if scope["method"] not in METHODS:
        return 405, f"This server knows {', '.join(sorted(METHODS))}."
    path: str = scope["path"]
    query: bytes = scope.get("query_string", b"")
    if len(path.encode("utf-8", "surrogatepass")) + len(query) > LONGEST_ADDRESS_BYTES:
        return 414, f"An address has at most {LONGEST_ADDRESS_BYTES:,} bytes."
    if "\\" in path or path.startswith("//") or not path.isprintable() or ".." in path.split("/"):
        return 400, "The path has characters or steps that no page of this server has."
    if path.startswith("/static/") and path not in assets():
        # Streamlit would send its page, which no browser runs as a script; on 404 a proxy asks the other replicas.
        return 404, "A page of another version asks for a file that this one has not."
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    if sum(len(name) + len(value) for name, value in headers) > LARGEST_HEADERS_BYTES:
        return 431, f"Headers have at most {LARGEST_HEADERS_BYTES:,} bytes."
    if scope["scheme"] not in ("http", "https"):
        return 400, "What forwards requests here says how they came: http or https."
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) > 1 or (hosts and not HOST.fullmatch(hosts[0].decode("latin-1"))):
        return 400, "Host is not one name or address, with or without a port."
    for name, value in headers:
        if name == b"content-length" and not (value.isdigit() and len(value) < 12):
            return 400, "Content-Length is not a number."
        if name == b"content-length" and int(value) > LARGEST_BODY_BYTES:
            return _TOO_LARGE
    return None


_TOO_LARGE: Refusal = (413, f"A body has at most {LARGEST_BODY_BYTES:,} bytes.")
_TOO_SLOW: Refusal = (408, f"A body arrives within {LONGEST_BODY_SECONDS:g} seconds.")
_BUSY: Refusal = (503, "Too many questions at once; ask again in a moment.")


class _RefusedError(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal[1])
        self.refusal = refusal


def _computed(path: str) -> bool:
    """Whether an answer takes computing; files and Streamlit's own addresses do not."""
    return not path.startswith(("/static/", "/_stcore/", "/media/", "/component/"))


class Limits:
    """ASGI middleware that refuses what is over the bounds above with a problem document, and paces open pages."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.open_pages = 0
        self._places = asyncio.Semaphore(MOST_COMPUTED_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._request(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._open_page(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        if refusal := refusal_of(scope):
            await _answer(refusal, scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            if not _computed(scope["path"]):
                await self.app(scope, _bounded(receive), watched)
                return
            try:
                await asyncio.wait_for(self._places.acquire(), LONGEST_WAIT_SECONDS)
            except TimeoutError:
                raise _RefusedError(_BUSY) from None
            try:
                await self.app(scope, _bounded(receive), watched)
            finally:
                self._places.release()
        except _RefusedError as error:
            if started:
                raise
            await _answer(error.refusal, scope, receive, send)

    async def _open_page(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.open_pages >= MOST_OPEN_PAGES:
            await receive()
            await send({"type": "websocket.close", "code": 1013, "reason": "too many open pages"})
            return
        self.open_pages += 1
        try:
            await self.app(scope, _paced(receive), send)
        finally:
            self.open_pages -= 1


def _bounded(receive: Receive) -> Receive:
    """`receive` that gives up on a body that is too large or too slow, whatever its headers said."""
    size = 0
    until = time.monotonic() + LONGEST_BODY_SECONDS
    whole = False

    async def bounded() -> Message:
        nonlocal size, whole
        if whole:  # from now on only the visitor's leaving is reported, and that may take any time
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), max(0.5, until - time.monotonic()))
        except TimeoutError:
            raise _RefusedError(_TOO_SLOW) from None
        size += len(message.get("body", b""))
        whole = not message.get("more_body", False)
        if size > LARGEST_BODY_BYTES:
            raise _RefusedError(_TOO_LARGE)
        return message

    return bounded


def _paced(receive: Receive) -> Receive:
    """`receive` for an open page: waits where messages come too fast, ends the page at one that is too large or is text."""
    allowance, at = MESSAGES_AT_ONCE, time.monotonic()

    async def paced() -> Message:
        nonlocal allowance, at
        message: Message = await receive()
        if message["type"] != "websocket.receive":
            return message
        if message.get("text") is not None:
            return {"type": "websocket.disconnect", "code": 1003, "reason": "no browser sends text"}
        if len(message.get("bytes") or b"") > LARGEST_MESSAGE_BYTES:
            return {"type": "websocket.disconnect", "code": 1009, "reason": "message too large"}
        now = time.monotonic()
        allowance = min(MESSAGES_AT_ONCE, allowance + (now - at) * MESSAGES_PER_SECOND) - 1
        at = now
        if allowance < 0:
            await asyncio.sleep(-allowance / MESSAGES_PER_SECOND)
        return message

    return paced


async def _answer(refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
    status, detail = refusal
    answer = problem(status, detail)
    if status == 503:
        answer.headers["Retry-After"] = "1"
    if status == 405:
        answer.headers["Allow"] = ", ".join(sorted(METHODS))
    if status in (408, 413):
        answer.headers["Connection"] = "close"
    await answer(scope, receive, send)
