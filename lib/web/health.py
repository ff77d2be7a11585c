"""For whoever runs the dashboard: figures at `/metrics`, readiness at `/ready`, one JSON line for each request and fault.

Nothing here tells who visited or what they looked at: no addresses, no query strings.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lib.catalog import Catalog, current, held_back
from lib.view import PAGES
from lib.web.asking import problem

LOG = logging.getLogger("dashboard")
BOUNDS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_STATM = Path("/proc/self/statm")
_STARTED = time.monotonic()


class JsonLines(logging.Formatter):
    """A record as one line of JSON: when (UTC), how bad, who says it, what, and the trace where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "more", {}),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def structured_logs() -> None:
    """With DASHBOARD_LOG=json in the environment: everything logged goes to standard output, a JSON line each."""
    if os.environ.get("DASHBOARD_LOG") != "json":
        return
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.root.handlers = [handler]
    LOG.setLevel(logging.INFO)
    for name, logger in logging.root.manager.loggerDict.items():
        if isinstance(logger, logging.Logger) and name.partition(".")[0] in ("streamlit", "uvicorn", "websockets"):
            for old in logger.handlers:
                old.setFormatter(JsonLines())


def log_fault(error: Exception) -> None:
    """Write a page's fault to the log, for `st.App(on_script_error=…)`; the visitor sees Streamlit's own words."""
    LOG.error("a page failed: %s", type(error).__name__, exc_info=error)


def kind_of(path: str) -> str:
    """What a path asks for, in few words, so that strangers' paths make no new figures."""
    name, _, form = path.strip("/").partition(".")
    if name in PAGES or not name:
        return form if form in ("csv", "json", "parquet", "png", "svg", "md") else "" if form else "page"
    return {"static": "file", "_stcore": "streamlit", "media": "file"}.get(path.strip("/").partition("/")[0], "other")


class Watched:
    """ASGI middleware that counts, times and logs what it lets through, answers `/metrics` and `/ready`, and turns
    whatever is raised below it into a problem document without a trace."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.answers: Counter[tuple[str, int]] = Counter()
        self.within: Counter[tuple[str, float]] = Counter()
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.pages_opened = self.pages_open = self.messages_in = self.messages_out = self.bytes_out = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._open_page(scope, receive, send)
        elif scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["path"] == "/metrics" and scope["method"] in ("GET", "HEAD"):
            text = self.figures(await run_in_threadpool(current))
            await PlainTextResponse(text, media_type="text/plain; version=0.0.4")(scope, receive, send)
        elif scope["path"] == "/ready" and scope["method"] in ("GET", "HEAD"):
            await ready(await run_in_threadpool(current))(scope, receive, send)
        else:
            await self._request(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        status, size = 0, 0
        started = time.perf_counter()

        async def counted(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            size += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, counted)
        except Exception:
            LOG.exception("no answer", extra={"more": {"path": scope["path"][:200]}})
            if status:  # half an answer is out: end the connection, so that nobody takes it for a whole one
                raise
            fault = problem(500, "This could not be computed; the fault was written to the server's log.")
            await fault(scope, receive, counted)
        finally:
            seconds, kind = time.perf_counter() - started, kind_of(scope["path"]) or "other"
            self.answers[kind, status] += 1
            self.seconds[kind] += seconds
            for bound in BOUNDS_SECONDS:
                self.within[kind, bound] += seconds <= bound
            if LOG.isEnabledFor(logging.INFO):
                said = {"method": scope["method"], "path": scope["path"][:200], "status": status, "bytes": size, "ms": round(seconds * 1e3, 1)}  # fmt: skip
                LOG.info("request", extra={"more": said})

    async def _open_page(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def hear() -> Message:
            message = await receive()
            self.messages_in += message["type"] == "websocket.receive"
            return message

        async def say(message: Message) -> None:
            if message["type"] == "websocket.send":
                self.messages_out += 1
                self.bytes_out += len(message.get("bytes") or message.get("text") or b"")
            await send(message)

        self.pages_opened += 1
        self.pages_open += 1
        try:
            await self.app(scope, hear, say)
        finally:
            self.pages_open -= 1

    def figures(self, catalog: Catalog) -> str:
        """Everything counted so far, in the text format Prometheus reads."""
        lines: list[str] = []

        def figure(name: str, kind: str, told: str, values: dict[str, float]) -> None:
            lines.extend((f"# HELP dashboard_{name} {told}", f"# TYPE dashboard_{name} {kind}"))
            lines.extend(f"dashboard_{name}{labels} {value:.12g}" for labels, value in values.items())

        figure("requests_total", "counter", "Requests by what they ask for and HTTP status.", {f'{{kind="{k}",status="{s}"}}': n for (k, s), n in sorted(self.answers.items())})  # fmt: skip
        lines += ["# HELP dashboard_request_seconds Time to answer.", "# TYPE dashboard_request_seconds histogram"]
        for kind, total in sorted(self.seconds.items()):
            count = sum(n for (k, _), n in self.answers.items() if k == kind)
            buckets = [(f"{bound:g}", self.within[kind, bound]) for bound in BOUNDS_SECONDS] + [("+Inf", count)]
            lines += [f'dashboard_request_seconds_bucket{{kind="{kind}",le="{le}"}} {n}' for le, n in buckets]
            lines.append(f'dashboard_request_seconds_sum{{kind="{kind}"}} {total:.12g}')
            lines.append(f'dashboard_request_seconds_count{{kind="{kind}"}} {count}')
        figure("open_pages", "gauge", "Pages open in a browser now.", {"": self.pages_open})
        figure("opened_pages_total", "counter", "Pages opened.", {"": self.pages_opened})
        figure("page_messages_total", "counter", "Messages of open pages; one that comes in is a change by a visitor.", {'{direction="in"}': self.messages_in, '{direction="out"}': self.messages_out})  # fmt: skip
        figure("page_bytes_total", "counter", "Bytes sent to open pages, before compression.", {"": self.bytes_out})
        figure("catalog_info", "gauge", "The catalog in use.", {f'{{version="{catalog.version}"}}': 1})
        figure("catalog_problems", "gauge", "Facts that could not be read.", {"": len(catalog.problems)})
        figure(
            "catalog_held_back",
            "gauge",
            "Faults of newer files that keep the last good catalog in use.",
            {"": len(held_back())},
        )
        figure("cpu_seconds_total", "counter", "CPU time used.", {"": time.process_time()})
        figure("up_seconds", "gauge", "Time since the start.", {"": time.monotonic() - _STARTED})
        if _STATM.exists():
            pages = int(_STATM.read_text().split()[1])
            figure("resident_bytes", "gauge", "Memory in use.", {"": pages * os.sysconf("SC_PAGE_SIZE")})
        return "\n".join(lines) + "\n"


def ready(catalog: Catalog) -> Response:
    """200 where there is something to answer with, else 503; with the catalog's version and faults."""
    able = bool(catalog.models and catalog.devices)
    body = {"ready": able, "catalog_version": catalog.version, "catalog_problems": len(catalog.problems)}
    return JSONResponse(body, 200 if able else 503, {"Cache-Control": "no-store"})
