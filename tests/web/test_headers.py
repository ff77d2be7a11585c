"""What every answer carries, what is refused unread, and what the operator can read."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lib.web import limits
from lib.web.headers import SafeHeaders, content_security_policy
from lib.web.health import JsonLines, Watched
from lib.web.index import index_html
from lib.web.limits import Limits, refusal_of
from tests.web.asgi import ask, scope_of
from tests.web.waiting import waited


def app(inner: ASGIApp) -> ASGIApp:
    return SafeHeaders(Watched(Limits(inner)))


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await PlainTextResponse(f"{len(body)}")(scope, receive, send)


async def broken(scope: Scope, receive: Receive, send: Send) -> None:
    raise RuntimeError("the word secret stands in /etc/passwd")


def test_streamlits_own_page_may_load_only_from_here_and_run_no_other_script() -> None:
    policy = dict(part.split(" ", 1) for part in content_security_policy(index_html(), "example.org:8501").split("; "))
    assert policy["default-src"] == "'self'" and policy["object-src"] == "'none'"
    assert re.fullmatch(r"'self'( 'sha256-[A-Za-z0-9+/]{43}=')+", policy["script-src"])
    assert policy["connect-src"] == "'self' ws://example.org:8501 wss://example.org:8501"
    assert "unsafe-eval" not in " ".join(policy.values())


@pytest.mark.parametrize(
    "host", ["evil.example; script-src *", "a b", "x'y", "", "h" * 300, "*", "[::1]:80 *", "a\nb", "http://x"]
)
def test_a_host_that_is_none_adds_nothing_to_the_policy(host: str) -> None:
    assert content_security_policy("", host) == content_security_policy("")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8501", "[::1]:8501", "a-b.example"])
def test_a_real_host_may_be_talked_to_by_websocket(host: str) -> None:
    assert f"ws://{host}" in content_security_policy("", host)


@pytest.mark.parametrize("inner", [echo, broken])
@pytest.mark.parametrize("address", ["/", "/models.csv", "/static/x.js", "/a\\b", "/_stcore/health", "/" + "x" * 20000])
def test_every_answer_has_the_headers_refusals_and_faults_too(inner: ASGIApp, address: str) -> None:
    headers = ask(app(inner), address).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["referrer-policy"] and headers["permissions-policy"]


def test_an_answers_own_policy_is_left_alone() -> None:
    own = HTMLResponse("x", headers={"Content-Security-Policy": "default-src 'none'"})
    assert ask(app(own), "/").headers["content-security-policy"] == "default-src 'none'"


def test_a_fault_is_logged_and_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    answer = ask(app(broken), "/models.csv?hw=rtx-4090")
    assert answer.status == 500 and answer.headers["content-type"] == "application/problem+json"
    for word in (b"secret", b"passwd", b"Traceback", b"RuntimeError", b".py"):
        assert word not in answer.body
    assert "secret" in caplog.text and "hw=rtx-4090" not in caplog.text


@pytest.mark.parametrize(
    ("address", "method", "headers", "status"),
    [
        ("/", "GET", {}, 200),
        ("/models.csv?hw=rtx-4090&n=2", "HEAD", {}, 200),
        ("/compare?models=" + "x" * 8000, "GET", {}, 200),
        ("/?q=" + "x" * 17000, "GET", {}, 414),
        ("/" + "%2e%2e/" * 3 + "etc/passwd", "GET", {}, 400),
        ("/..%2f..%2fetc/passwd", "GET", {}, 400),
        ("//elsewhere.example/x", "GET", {}, 400),
        ("/%5c%5celsewhere%5cx", "GET", {}, 400),
        ("/models%00.csv", "GET", {}, 400),
        ("/models%0d%0aSet-Cookie:x", "GET", {}, 400),
        ("/static/js/index.of-another-version.js", "GET", {}, 404),
        ("/", "TRACE", {}, 405),
        ("/", "CONNECT", {}, 405),
        ("/", "X" * 50, {}, 405),
        ("/", "GET", {"x": "y" * 40000}, 431),
        ("/", "POST", {"content-length": "99999999"}, 413),
        ("/", "POST", {"content-length": "9" * 5000}, 400),
        ("/", "POST", {"content-length": "-5"}, 400),
        ("/", "POST", {"content-length": "ten"}, 400),
        ("/", "GET", {"host": "a-b.example:8501"}, 200),
        ("/", "GET", {"host": "my_service:8501"}, 200),
        ("/", "GET", {"host": "[::1]:8501"}, 200),
        ("/", "GET", {"host": ""}, 400),
        ("/", "GET", {"host": "user@evil.example"}, 400),
        ("/", "GET", {"host": "evil.example/x?"}, 400),
        ("/", "GET", {"host": '"><script>'}, 400),
        ("*", "OPTIONS", {}, 200),
    ],
)
def test_what_is_over_a_bound_is_refused_with_a_reason(
    address: str, method: str, headers: dict[str, str], status: int
) -> None:
    answer = ask(app(echo), address, method, headers.items())
    assert answer.status == status
    if status != 200:
        told = json.loads(answer.body)
        assert told["status"] == status and told["detail"].endswith(".")


def test_what_the_page_asks_for_is_there() -> None:
    """A file of another version is not: Streamlit would send its page, and a browser gets stuck on a script that is none."""
    wanted = re.findall(r'(?:src|href)="\./(static/[^"]+)"', index_html())
    assert len(wanted) > 1 and all(refusal_of(scope_of(f"/{path}")) is None for path in wanted)


def test_links_are_http_or_https_whatever_a_proxy_says_it_was() -> None:
    scope = {**scope_of("/"), "scheme": "ws"}
    assert refusal_of(scope) is not None
    assert refusal_of({**scope, "scheme": "https"}) is None


def test_a_body_that_lies_about_its_length_is_cut_off() -> None:
    piece = b"x" * (256 << 10)
    assert ask(app(echo), "/", "POST", body=[piece] * 8).body == b"2097152"
    assert ask(app(echo), "/", "POST", {"content-length": "10"}.items(), [piece] * 9).status == 413


def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LONGEST_BODY_SECONDS", 0.1)
    started = time.monotonic()

    async def never(scope: Scope, receive: Receive, send: Send) -> None:
        async def slow() -> Message:
            await asyncio.sleep(3600)
            return {}

        await Limits(echo)(scope, slow, send)

    assert ask(never, "/", "POST").status == 408
    assert time.monotonic() - started < 5


def test_more_questions_at_once_than_one_core_can_answer_wait_and_then_are_told_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "LONGEST_WAIT_SECONDS", 0.1)
    at_once, most = 0, 0

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.3)
        at_once -= 1
        await Response("ok")(scope, receive, send)

    async def many(scope: Scope, receive: Receive, send: Send) -> None:
        bounded, statuses = Limits(slow), []

        async def note(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        await asyncio.gather(*(bounded(scope, receive, note) for _ in range(8)))
        await PlainTextResponse(" ".join(map(str, sorted(statuses))))(scope, receive, send)

    assert ask(many, "/models.csv").body == b"200 200 200 200 503 503 503 503"
    assert most == limits.MOST_COMPUTED_AT_ONCE


def test_a_page_that_sends_too_much_is_slowed_and_one_that_sends_too_large_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "MESSAGES_AT_ONCE", 5.0)
    monkeypatch.setattr(limits, "MESSAGES_PER_SECOND", 50.0)

    async def go() -> tuple[int, float, Message]:
        sent = [{"type": "websocket.receive", "bytes": b"x"}] * 15
        sent.append({"type": "websocket.receive", "bytes": b"x" * (limits.LARGEST_MESSAGE_BYTES + 1)})
        heard, last = 0, {}

        async def page(scope: Scope, receive: Receive, send: Send) -> None:
            nonlocal heard, last
            while (last := await receive())["type"] == "websocket.receive":
                heard += 1

        async def receive() -> Message:
            return sent.pop(0)

        async def send(message: Message) -> None: ...

        started = time.monotonic()
        await Limits(page)({"type": "websocket", "path": "/_stcore/stream"}, receive, send)
        return heard, time.monotonic() - started, last

    heard, seconds, last = waited(go())
    assert heard == 15 and last["code"] == 1009
    assert 0.15 < seconds < 3


def test_the_operator_reads_counts_and_times_but_not_who_asked_what() -> None:
    watched = SafeHeaders(Watched(Limits(echo)))
    for address in ("/", "/models.csv?called=mine", "/models.csv", "/secret-place/x", "/" + "y" * 50):
        ask(watched, address)
    figures = ask(watched, "/metrics").body.decode()
    assert 'dashboard_requests_total{kind="csv",status="200"} 2' in figures
    assert 'dashboard_requests_total{kind="page",status="200"} 1' in figures
    assert 'dashboard_requests_total{kind="other",status="200"} 2' in figures
    assert 'dashboard_request_seconds_count{kind="csv"} 2' in figures
    assert "dashboard_catalog_info{version=" in figures
    assert "secret" not in figures and "mine" not in figures
    for line in figures.splitlines():
        assert line.startswith("# ") or re.fullmatch(r'\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [0-9.e+-]+', line), line
    assert json.loads(ask(watched, "/ready").body)["ready"] is True


def test_a_log_line_is_one_line_of_json() -> None:
    record = logging.LogRecord("dashboard", logging.ERROR, "x.py", 1, "bad\n%s", ("thing",), None)
    record.more = {"path": "/a"}
    line = JsonLines().format(record)
    assert "\n" not in line
    told = json.loads(line)
    assert (told["level"], told["message"], told["path"]) == ("error", "bad\nthing", "/a") and told["at"].endswith(
        "+00:00"
    )
