"""Asking our own routes without a server."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette

from lib.web.routes import routes
from tests.web import asgi

HOST = "http://test"
APP = Starlette(routes=routes())


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()

    def json(self) -> Any:
        """Strictly: NaN is no JSON."""

        def refuse(name: str) -> None:
            raise AssertionError(f"{name} is not JSON")

        return json.loads(self.content, parse_constant=refuse)


def ask(address: str, method: str = "GET", headers: Iterable[tuple[str, str]] = ()) -> Answer:
    got = asgi.ask(APP, address, method, headers)
    return Answer(got.status, dict(got.headers), got.body)
