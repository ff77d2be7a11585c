"""What a page's connection is sent by who is no browser: the others are served, memory is bounded, no trace comes back."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from lib.web.limits import LARGEST_MESSAGE_BYTES
from tests.web.running import Reader, Running, running
from tests.web.waiting import waited

pytestmark = pytest.mark.browser
TELLING = (b"Traceback", b"site-packages", b'File "', b"most recent call")
"""What would show the inside of the server."""
MOST_GROWTH_MIB = 150


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as started:
        yield started


def rerun(query: str = "", page: str = "", *widgets: WidgetState, **context: str) -> bytes:
    """What a browser sends to have the page run."""
    message = BackMsg()
    message.rerun_script.query_string, message.rerun_script.page_name = query, page
    message.rerun_script.widget_states.widgets.extend(widgets)
    for name, value in context.items():
        setattr(message.rerun_script.context_info, name, value)
    return message.SerializeToString()


async def sent(server: Running, frame: bytes | str) -> list[bytes]:
    """What comes back on a connection of its own, until the page has run, the server ends it or says no more."""
    told: list[bytes] = []
    socket = await websockets.connect(
        f"ws://127.0.0.1:{server.port}/_stcore/stream", subprotocols=["streamlit", "x"], origin=server.url, max_size=None, ping_interval=None
    )  # fmt: skip
    try:
        await socket.send(frame)
        while True:
            told.append(bytes(await asyncio.wait_for(socket.recv(), 20 if len(told) else 2)))
            try:
                if ForwardMsg.FromString(told[-1]).WhichOneof("type") == "script_finished":
                    return told
            except ValueError:
                continue
    except (TimeoutError, websockets.ConnectionClosed):
        return told
    finally:
        await socket.close()


async def seen(server: Running) -> tuple[str, dict[str, str]]:
    """The title a visitor reads, and the page's controls: key to id."""
    async with Reader(server.port) as person:
        await person.run()
        return person.title(), dict(person._widgets)


def garbage() -> list[bytes | str]:
    dice = random.Random(7)
    noise = [dice.randbytes(length) for length in (0, 1, 3, 50, 5000, LARGEST_MESSAGE_BYTES - 1)]
    whole, broken = rerun("hw=rtx-4090&ctx=16384"), []
    for _ in range(20):
        frame = bytearray(whole)
        for _ in range(3):
            frame[dice.randrange(len(frame))] = dice.randrange(256)
        broken.append(bytes(frame))
    return [*noise, "text", bytes(LARGEST_MESSAGE_BYTES + 1), *broken]


def absurd(controls: dict[str, str]) -> list[bytes]:
    """Whole messages that say what no browser would."""
    context, machine = controls["ctx"], controls["hw"]
    numbers = WidgetState(id=context)
    numbers.double_array_value.data.extend([1.0] * 50_000)
    states = [
        *(WidgetState(id=context, double_value=number) for number in (float("nan"), float("inf"), -1e308)),
        *(WidgetState(id=context, **odd) for odd in ({"string_value": "ten"}, {"int_value": 2**62}, {"json_value": "[" * 5000})),
        *(WidgetState(id=machine, **odd) for odd in ({"string_value": "../../etc/passwd"}, {"double_value": 1.5}, {"bytes_value": b"\xff"})),
        WidgetState(id="x" * 100_000, string_value="y"), numbers,
    ]  # fmt: skip
    queries = ["q=" + "a" * 500_000, "&".join(f"p{i}=1" for i in range(50_000)), "only=qwen3-8b&" * 20_000, "hw=%ff%00%zz&%00=&=&&"]  # fmt: skip
    return [
        *(rerun("", "", state) for state in states), *(rerun(query) for query in queries), rerun("", "../../etc/passwd"),
        rerun("", "", *(WidgetState(id=i, json_value="null") for i in controls.values())),
        rerun(url="javascript:alert(1)//" + "x" * 100_000, timezone="../../etc/passwd"),
    ]  # fmt: skip


def test_whatever_a_page_is_sent_the_others_are_served_and_no_trace_comes_back(server: Running) -> None:
    title, controls = waited(seen(server))
    for frame in [*garbage(), *absurd(controls)]:
        told = b"".join(waited(sent(server, frame)))
        assert not [word for word in TELLING if word in told], (frame[:60], told[:300])
    assert waited(seen(server))[0] == title and server.process.poll() is None


def test_text_which_no_browser_sends_ends_the_page_and_is_no_fault(server: Running) -> None:
    before = server.log()
    assert waited(sent(server, "hello")) == []
    assert "Traceback" not in server.log().removeprefix(before)


@pytest.mark.skipif(sys.platform != "linux", reason="the most memory a process had is told by Linux alone")
def test_what_unpacks_to_gigabytes_is_ended_before_it_is_unpacked(server: Running) -> None:
    """Zeros are sent as a thousandth of what they are, in one frame."""
    status = Path(f"/proc/{server.process.pid}/status")

    def most_mib() -> int:
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) // 1024

    async def together() -> list[list[bytes]]:
        return await asyncio.gather(*(sent(server, bytes(150_000_000)) for _ in range(4)))

    title, _ = waited(seen(server))
    before = most_mib()
    assert waited(together()) == [[]] * 4
    assert most_mib() - before < MOST_GROWTH_MIB
    assert waited(seen(server))[0] == title
