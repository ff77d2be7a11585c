"""Headers that keep a browser from doing what the dashboard never asks of it."""

from __future__ import annotations

import base64
import hashlib
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lib.web.asking import HOST
from lib.web.index import index_html

_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def content_security_policy(html: str, host: str = "") -> str:
    """What a page may load: only what this server sends. Scripts written into `html` are allowed by their hash.

    `host` is the one the browser asked: older browsers do not count its WebSocket as 'self'. Anything that is no host
    name is left out. Streamlit sets styles as it draws, hence 'unsafe-inline' for them; nothing is ever evaluated.
    Other sites may show the page in a frame, because a view can be embedded; it has no accounts and no buttons that
    do harm.
    """
    hashes = "".join(
        f" 'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in _INLINE.findall(html)
    )
    sockets = f" ws://{host} wss://{host}" if HOST.fullmatch(host) else ""
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self'{hashes}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            f"connect-src 'self'{sockets}",
            "worker-src 'self' blob:",
            "frame-src 'none'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
        )
    )


class SafeHeaders:
    """ASGI middleware: the same headers on every answer. WebSockets pass through untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.headers = {
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "strict-origin-when-cross-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
            "Cross-Origin-Opener-Policy": "same-origin",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        policy = content_security_policy(index_html(), Headers(scope=scope).get("host", ""))

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in (*self.headers.items(), ("Content-Security-Policy", policy)):
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, with_headers)
