"""A visitor without a browser: speaks Streamlit's websocket protocol, so that many fit on one machine."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

PATIENCE_S = 120


class Session:
    """One visitor's connection; `payload_bytes` is what the last run sent, before compression."""

    def __init__(self, port: int, page: str = "") -> None:
        self.address = f"ws://127.0.0.1:{port}/_stcore/stream"
        self.headers: dict[str, str] = {}
        """What a browser would send when it connects, cookies for one."""
        self._path = page
        self.payload_bytes = 0
        self._origin = f"http://127.0.0.1:{port}"
        self._page = ""
        self._query: dict[str, str] = {}
        self._widgets: dict[str, str] = {}  # key: id
        self._values: dict[str, WidgetState] = {}
        self._known: dict[str, None] = {}  # messages the server need not send again

    async def __aenter__(self) -> Session:
        self._socket = await websockets.connect(
            self.address,
            subprotocols=["streamlit", "x"],
            origin=self._origin,
            max_size=None,
            ping_interval=None,
            additional_headers=self.headers,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._socket.close()

    async def run(self) -> float:
        """Run the page once; seconds until the server says it is done."""
        message = BackMsg()
        state = message.rerun_script
        state.query_string = urlencode(self._query)
        state.page_script_hash = self._page
        state.page_name = "" if self._page else self._path
        state.widget_states.widgets.extend(self._values.values())
        state.cached_message_hashes.extend(self._known)
        state.context_info.url = self._origin
        state.context_info.timezone = "UTC"
        started = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        await self._until_finished()
        return time.perf_counter() - started

    async def change(self, key: str, value: float) -> float:
        """Set a number control and run, as the browser does for a control bound to the link."""
        self._values[key] = WidgetState(id=self._widgets[key], double_value=value)
        self._query[key] = f"{value:g}"
        return await self.run()

    async def _until_finished(self) -> None:
        self.payload_bytes = 0
        while True:
            raw = await asyncio.wait_for(self._socket.recv(), PATIENCE_S)
            self.payload_bytes += len(raw)
            message = ForwardMsg.FromString(raw if isinstance(raw, bytes) else raw.encode())
            if message.hash:
                self._known[message.hash] = None
            match message.WhichOneof("type"):
                case "new_session":
                    self._page = message.new_session.page_script_hash
                case "navigation":
                    self._page = message.navigation.page_script_hash
                case "delta" if message.delta.WhichOneof("type") == "new_element":
                    self._note(message.delta.new_element)
                case "script_finished":
                    if message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                        continue
                    if message.script_finished != ForwardMsg.FINISHED_SUCCESSFULLY:
                        raise RuntimeError("the page did not finish")
                    return

    def _note(self, element: Any) -> None:
        kind = element.WhichOneof("type")
        if kind == "exception":
            raise RuntimeError(element.exception.message)
        # A control's id ends in the key the page gave it.
        if (identity := getattr(getattr(element, kind), "id", "")) and isinstance(identity, str):
            self._widgets[identity.rsplit("-", 1)[-1]] = identity
