"""Asks an ASGI app in this process, without a network: what the tests of headers, limits and routes share."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Scope

from tests.web.waiting import waited


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Headers
    body: bytes


def scope_of(address: bytes | str, method: str = "GET", headers: Iterable[tuple[str, str]] = ()) -> Scope:
    """The scope of a request for an address as a client writes it, percent signs and all."""
    raw = address.encode("utf-8", "surrogatepass") if isinstance(address, str) else address
    path, _, query = raw.partition(b"?")
    given = {"host": "test", **{name.lower(): value for name, value in headers}}
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote_to_bytes(path).decode("utf-8", "replace"),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in given.items()],
        "client": ("127.0.0.1", 1),
        "server": ("test", 80),
        "state": {},
    }


def ask(
    app: ASGIApp,
    address: bytes | str,
    method: str = "GET",
    headers: Iterable[tuple[str, str]] = (),
    body: Sequence[bytes] = (b"",),
) -> Answer:
    """One request, its body in the given pieces. Raises what the app raises."""

    async def go() -> Answer:
        pieces = list(body)
        status, found, content = 0, Headers(), bytearray()

        async def receive() -> Message:
            if pieces:
                return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}
            await asyncio.sleep(3600)
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            nonlocal status, found
            if message["type"] == "http.response.start":
                status, found = message["status"], Headers(raw=message["headers"])
            else:
                content.extend(message.get("body", b""))

        await app(scope_of(address, method, headers), receive, send)
        return Answer(status, found, bytes(content))

    return waited(go())
