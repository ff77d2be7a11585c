"""What a program without a browser gets: the same answer over plain HTTP, over MCP and as rows."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from lib import answers
from lib.catalog import current
from lib.view import PAGES, View
from tests.browser.harness import ROOT, Server, serve

pytestmark = pytest.mark.browser
ON = ("--server.enableAgentApi", "true")
MACS = ("mac-mini-m4-16gb", "macbook-air-m4-16gb")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve("app.py", *ON) as running:
        yield running
        assert running.complaints() == []


def ask(server: Server, path: str, body: object, **headers: str) -> tuple[int, Any]:
    """Status and JSON of a POST."""
    sent = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", **headers}
    request = urllib.request.Request(server.url + path, json.dumps(body).encode(), sent)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.loads(refusal.read())


def interact(server: Server, **request: object) -> dict[str, Any]:
    status, snapshot = ask(server, "/_stcore/agent/interact", request)
    assert status == 200, snapshot
    return dict(snapshot)


def tool(server: Server, name: str, **arguments: object) -> dict[str, Any]:
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}}
    status, message = ask(server, "/_stcore/agent/mcp", call)
    assert status == 200 and not message["result"]["isError"], message
    return dict(json.loads(message["result"]["content"][0]["text"]))


def elements(node: dict[str, Any], kind: str | None = None) -> Iterator[dict[str, Any]]:
    if kind in (None, node["type"]):
        yield node
    for child in node.get("children", ()):
        yield from elements(child, kind)


def named(snapshot: dict[str, Any], key: str) -> dict[str, Any]:
    return next(node for node in elements(snapshot["tree"]) if node.get("key") == key)


def rows(table: dict[str, Any]) -> list[dict[str, Any]]:
    names = [column["name"] for column in table["columns"]]
    return [dict(zip(names, row, strict=True)) for row in table.get("rows", table.get("preview", {}).get("rows"))]


def title(snapshot: dict[str, Any]) -> str:
    """The words of the page's title, without the marks that set its later sentences smaller."""
    body = str(next(elements(snapshot["tree"], "title"))["props"]["body"])
    return re.sub(r":small\[((?:[^\]\\]|\\.)*)\]", r"\1", body).replace("\\", "")


@pytest.mark.parametrize("mac", MACS)
def test_what_can_i_run_on_a_16_gb_mac_over_http_and_over_mcp(server: Server, mac: str) -> None:
    expected = answers.rank_models(current(), View(hw=mac))
    over_http = interact(server, query_params={"hw": [mac]})
    over_mcp = tool(server, "interact", query_params={"hw": [mac]})
    assert title(over_http) == title(over_mcp)
    assert "16 GB" in title(over_http) and "fit" in title(over_http)
    for snapshot in (over_http, over_mcp):
        assert snapshot["status"] == "ready" and named(snapshot, "hw")["value"] == mac
        table = named(snapshot, "table")
        shown = rows(table["data"])
        assert [row["name"] for row in shown[:20]] == list(expected["name"][:20])
        assert shown[0]["memory_gb"] == pytest.approx(expected["memory_gb"].iloc[0])
        assert shown[0]["memory_gb"] < 16 * 2**30 / 1e9
        labels = {name: said["label"] for name, said in table["props"]["column_config"].items()}
        assert "GB" in labels["memory_gb"] and "tokens/s" in labels["decode_tok_per_s"]
    with urllib.request.urlopen(f"{server.url}/models.json?hw={mac}") as answer:
        plain = json.loads(answer.read())
    assert plain["answer"] == title(over_mcp)
    assert [row["name"] for row in plain["rows"]] == list(expected["name"])


def test_the_rest_of_the_table_can_be_read_over_mcp(server: Server) -> None:
    expected = answers.rank_models(current(), View(hw=MACS[0]))
    snapshot = tool(server, "interact", query_params={"hw": [MACS[0]]})
    data = named(snapshot, "table")["data"]
    found, offset = rows(data), len(rows(data))
    while offset is not None and offset < data["row_count"]:
        page = tool(server, "get_data", session_id=snapshot["session_id"], url=data["url"], offset=offset)
        found += rows(page)
        offset = page["next_offset"]
    assert [row["name"] for row in found] == list(expected["name"])


def test_an_agent_changes_a_control_and_gets_the_new_answer(server: Server) -> None:
    snapshot = interact(server, query_params={"hw": [MACS[0]]})
    after = interact(server, session_id=snapshot["session_id"], widget_state={"ctx": 32768, "share": True})
    expected = answers.rank_models(current(), View(hw=MACS[0], ctx=32768))
    assert [row["name"] for row in rows(named(after, "table")["data"])[:20]] == list(expected["name"][:20])
    link = next(code["props"]["body"] for code in elements(after["tree"], "code") if "v=1" in code["props"]["body"])
    assert named(after, "ctx")["value"] == 32768 and "ctx=32768" in link and f"hw={MACS[0]}" in link
    status, refusal = ask(
        server,
        "/_stcore/agent/interact",
        {"session_id": snapshot["session_id"], "widget_state": {"hw": "mac-of-my-dreams"}},
    )
    assert status >= 400 and refusal["error"]["code"] == "invalid_value"


@pytest.mark.parametrize("page", PAGES)
def test_every_page_tells_an_agent_what_it_shows_and_what_can_be_changed(server: Server, page: str) -> None:
    snapshot = interact(server, page="" if page == next(iter(PAGES)) else page)
    assert snapshot["status"] == "ready"
    assert list(elements(snapshot["tree"], "title")) or list(elements(snapshot["tree"], "header"))
    assert not list(elements(snapshot["tree"], "exception"))
    for action in snapshot["actions"]:
        assert not action["key"].startswith("$$"), f"{action} has no key of its own"
        assert action.get("label"), f"{action} has no label"
    charts = list(elements(snapshot["tree"], "vega_lite_chart"))
    assert all(len(chart["props"].get("alt", "")) > 40 for chart in charts)


def test_the_server_says_how_to_use_it(server: Server) -> None:
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    _, answer = ask(server, "/_stcore/agent/mcp", {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello})
    assert "tools" in answer["result"]["capabilities"]
    _, answer = ask(server, "/_stcore/agent/mcp", {"jsonrpc": "2.0", "id": 2, "method": "tools/list"})
    assert {known["name"] for known in answer["result"]["tools"]} == {"interact", "get_data"}
    with urllib.request.urlopen(server.url + "/_stcore/agent/openapi.json") as described:
        assert any(path.endswith("/interact") for path in json.loads(described.read())["paths"])


def test_a_web_page_of_someone_else_cannot_use_it(server: Server) -> None:
    status, refusal = ask(server, "/_stcore/agent/interact", {}, Origin="https://elsewhere.example")
    assert status == 403 and refusal["error"]["code"] == "origin_not_allowed"


def test_the_examples_of_the_documentation_work_as_they_stand(server: Server) -> None:
    told = (ROOT / "docs" / "agents.md").read_text(encoding="utf-8")
    for address in re.findall(r"curl -s 'http://localhost:8501(/[^']+)'", told):
        with urllib.request.urlopen(server.url + address, timeout=60) as answer:
            assert answer.status == 200 and len(answer.read()) > 1000, address
    session, titles = "", []
    for path, body in re.findall(r"POST (/\S+)\n(\{.+\})\n", told):
        status, found = ask(server, path, json.loads(body.replace("…", session)))
        assert status == 200, found
        snapshot = json.loads(found["result"]["content"][0]["text"]) if path.endswith("/mcp") else found
        session = snapshot["session_id"]
        titles.append(title(snapshot))
    views = [View(hw=MACS[0]), View(hw=MACS[0], ctx=32768, licence="commercial"), View(hw=MACS[0])]
    assert titles == [answers.models_answer(current(), view).sentence for view in views]
    assert re.findall(r"“(.+?) …”", told)[0] in titles[0]


def test_it_is_off_unless_switched_on() -> None:
    with serve() as plain:
        status, refusal = ask(plain, "/_stcore/agent/interact", {})
        assert status >= 400 and refusal["error"]["code"] == "not_available"
