"""The picture of any view at the page's own query string: `/models.svg`, `/models.png`.

Beside the page's parameters these take `chart` (which of the page's pictures), `theme`, `width` and `size=card` (what a
chat shows of a link). Drawing costs a tenth of a second of one core, so few are drawn at once and the latest are kept.
"""

from __future__ import annotations

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from threading import Lock

import anyio
from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lib import answers
from lib.answers.citation import said, short_link, source_line
from lib.catalog import Catalog, current
from lib.charts import Theme
from lib.pictures import PICTURES, picture_of
from lib.view import PAGES, Notice, View, decode
from lib.web.asking import BadQuery, base_of, bounded_query_of, problem, refusal
from lib.web.endpoint import FRESH_SECONDS, held
from lib.web.render import CARD, LEAST_WIDTH, MOST_WIDTH, USUAL_WIDTH, Words, png, svg

LOG = logging.getLogger(__name__)
MEDIA = {"svg": "image/svg+xml", "png": "image/png"}
OWN = ("chart", "theme", "width", "size")
"""Parameters of a picture that no page has."""
AT_ONCE, WAITING = 1, 8
"""Pictures drawn at the same time, and requests that may wait for it: the engine behind it has one thread."""
PATIENCE_SECONDS = 20.0


@dataclass(frozen=True)
class Asked:
    """A picture as a link asks for it."""

    page: str
    view: View
    base: str
    chart: str | None = None
    theme: Theme = "light"
    width: int = USUAL_WIDTH
    card: bool = False

    @property
    def link(self) -> str:
        """The shortest link to the page behind the picture."""
        return short_link(self.base, self.view, self.page)


class Kept:
    """The latest results by key: at most so many and so many bytes, the longest unused dropped first."""

    def __init__(self, most: int = 64, most_bytes: int = 32_000_000) -> None:
        self.most, self.most_bytes, self.bytes = most, most_bytes, 0
        self._kept: OrderedDict[object, bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, key: object) -> bytes | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: object, body: bytes) -> None:
        with self._lock:
            self.bytes += len(body) - len(self._kept.pop(key, b""))
            self._kept[key] = body
            while self._kept and (len(self._kept) > self.most or self.bytes > self.most_bytes):
                self.bytes -= len(self._kept.popitem(last=False)[1])


KEPT = Kept()
_limiter: RunVar[CapacityLimiter] = RunVar("pictures")


def picture_routes() -> list[Route]:
    """`/<page>.svg` and `/<page>.png` of every page; GET and HEAD only."""
    return [Route(f"/{page}.{form}", _picture(page, form)) for page in PAGES for form in MEDIA]


def asked(request: Request, catalog: Catalog, page: str) -> Asked:
    """The picture a request asks for. Raises BadQuery with every parameter that cannot be honoured."""
    query = bounded_query_of(request)
    own = {name: query.pop(name)[-1] for name in OWN if name in query}
    view, notices = decode(query, answers.vocabulary(catalog), page)
    names = tuple(PICTURES.get(page, ()))
    for name, choices in (("chart", names), ("theme", ("light", "dark")), ("size", ("card",))):
        if name in own and own[name] not in choices:
            notices.append(Notice(name, own[name][:80], f"is none of {', '.join(choices)}" if choices else "this page has one picture only", "nothing"))  # fmt: skip
    width = own.get("width", str(USUAL_WIDTH))
    if not (width.isascii() and width.isdigit() and LEAST_WIDTH <= int(width[:6]) <= MOST_WIDTH):
        notices.append(Notice("width", width[:80], f"is no whole number from {LEAST_WIDTH} to {MOST_WIDTH}", "nothing"))
    if notices:
        raise BadQuery(notices)
    return Asked(page, view, base_of(request), own.get("chart"), "dark" if own.get("theme") == "dark" else "light", int(width), "size" in own)  # fmt: skip


def draw(catalog: Catalog, wish: Asked, form: str) -> bytes:
    """The picture as SVG or PNG, with the answer above it and the sources and the link below. Kept by catalog and wish.

    Raises ValueError where there are too many rows to draw.
    """
    key = (catalog.version, wish, form)
    if (body := KEPT.get(key)) is not None:
        return body
    words = Words(said(catalog, wish.page, wish.view), source_line(catalog, wish.page, wish.view), wish.link)
    picture = picture_of(catalog, wish.page, wish.view, wish.theme, wish.chart)
    image = svg(picture, words, wish.theme, *(CARD if wish.card else (wish.width,)))
    body = png(image, 1 if wish.card else 2) if form == "png" else image.encode()
    KEPT.put(key, body)
    return body


def _picture(page: str, form: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        catalog = current()
        limiter = _limiter.get(None)
        if limiter is None:
            _limiter.set(limiter := CapacityLimiter(AT_ONCE))
        try:
            wish = asked(request, catalog, page)
            if limiter.statistics().tasks_waiting >= WAITING:
                return _busy()
            with anyio.fail_after(PATIENCE_SECONDS):
                # What takes longer is not waited for, but keeps its place until it is done.
                return await to_thread.run_sync(_sent, request, catalog, wish, form, limiter=limiter, abandon_on_cancel=True)  # fmt: skip
        except BadQuery as error:
            return refusal(error)
        except TimeoutError as error:
            LOG.warning("no picture of %s in time: %s", request.url.path, error or "others were before it")
            return _busy()
        except Exception:
            LOG.exception("no picture of %s", request.url.path)
            return problem(500, "This view could not be drawn; the fault was written to the server's log.")

    return answer


def _sent(request: Request, catalog: Catalog, wish: Asked, form: str) -> Response:
    body = draw(catalog, wish, form)
    tag = hashlib.sha256(body).hexdigest()[:16]
    if form == "svg":
        answer = held(request, tag, catalog.version, MEDIA[form], lambda: body, f"{wish.page}.{form}")
    else:  # compressed already
        headers = {"ETag": f'"{tag}"', "Cache-Control": f"public, max-age={FRESH_SECONDS}", "X-Catalog-Version": catalog.version, "Access-Control-Allow-Origin": "*"}  # fmt: skip
        known = tag in request.headers.get("if-none-match", "")
        headers |= {} if known else {"Content-Disposition": f'inline; filename="{wish.page}.{form}"'}
        answer = Response(None if known else body, 304 if known else 200, headers, None if known else MEDIA[form])
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # so that other sites may show the picture
    return answer


def _busy() -> Response:
    return problem(503, "Pictures take too long just now; ask again in a few seconds.", {"Retry-After": "5"})
