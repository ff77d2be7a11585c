"""A real server and a real visitor: what the browser tests and the benchmarks drive.

`serve` starts a server that has served nothing yet; `Visitor` is one person with a browser of
their own, who reads what stands on the page and uses its controls.
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit, urlunsplit

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Playwright

from lib import view

ROOT = Path(__file__).parents[2]
PAGES = ("/", *(f"/{name}" for name in view.PAGES if name != next(iter(view.PAGES))))
WIDE, PHONE = (1440, 900), (390, 844)

# Counts what goes to the server and what comes back, for a quick run changes nothing else that can be seen to change;
# and leaves the browser's own "save as" window out of downloads.
_INIT = """
delete window.showSaveFilePicker;
window.asked = 0;
window.answers = 0;
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (message) {
  if (!this.counted) this.addEventListener("message", () => { window.answers += 1 });
  this.counted = true;
  window.asked += 1;
  window.answers = 0;
  return send.call(this, message);
};
"""
# Whether nothing has been asked, answered or left to draw for so many milliseconds. The page watches itself: to ask it
# from outside thirty times a second is a tenth of what the browser does.
_SETTLED = """quiet => {
  const now = `${window.asked} ${window.answers}`
  const busy = document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState !== "notRunning"
    || document.querySelector('[data-testid="stSkeleton"], [data-testid="stAppSkeleton"], [data-stale="true"]')
  if (busy || now !== window.seen) { window.seen = now; window.since = null; return false }
  window.since ??= performance.now()
  return performance.now() - window.since >= quiet
}"""
_NOT_WANTED = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "PaintHolding", "MediaRouter",
               "OptimizationHints", "HttpsUpgrades", "DestroyProfileOnBrowserClose", "AvoidUnnecessaryBeforeUnloadCheckSync")  # fmt: skip
"""Parts of Chromium that are off. Its address bar is a page of its own, drawn anew for each window although nobody sees
it, and costs a fifth of opening one of ours. The others Playwright turns off itself, but of two lists Chromium heeds the
last."""
_QUIET_MS = 250  # the page has to stay idle for so long before it counts as settled


@dataclass(frozen=True)
class Server:
    """A running dashboard: its address, its process and what it wrote."""

    url: str
    port: int
    process: subprocess.Popen[bytes]
    log_file: Path
    seconds_to_health: float

    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def complaints(self) -> list[str]:
        """Lines of the log that speak of a warning or an error."""
        return [
            line
            for line in self.log().splitlines()
            if re.search(r"warn|error|exception|traceback|deprecat", line, re.IGNORECASE)
        ]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def serve(
    app: str | Path = "app.py", *options: str, env: Mapping[str, str] | None = None, wait_s: float = 60
) -> Iterator[Server]:
    """`streamlit run app` on a free port of this machine, in a process of its own, until the block ends.

    Raises RuntimeError with the server's output when it does not start within `wait_s` seconds.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", str(app), "--server.port", str(port),
               "--server.address", "127.0.0.1", "--server.headless", "true", "--logger.enableRich", "false", *options]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        log_file = Path(folder, "server.log")
        with log_file.open("wb") as out:
            started = time.perf_counter()
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **(env or {})},
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            while not _healthy(url):
                if process.poll() is not None or time.perf_counter() - started > wait_s:
                    raise RuntimeError("the server did not start:\n" + log_file.read_text(errors="replace")[-3000:])
                time.sleep(0.02)
            yield Server(url, port, process, log_file, time.perf_counter() - started)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@contextlib.contextmanager
def serve_faultless() -> Iterator[Server]:
    """The dashboard, whose log has to be free of complaints at the end."""
    with serve() as running:
        yield running
        assert running.complaints() == []


def _healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(url + "/_stcore/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def launch(playwright: Playwright) -> Browser:
    """Headless Chromium: the one CHROMIUM names, else one on PATH, else Playwright's own."""
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    return playwright.chromium.launch(
        executable_path=found,
        args=[
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            f"--disable-features={','.join(_NOT_WANTED)}",
        ],
    )


class Visitor:
    """One person with a browser of their own, at one dashboard."""

    def __init__(self, browser: Browser, origin: str, *, size: tuple[int, int] = WIDE, dark: bool = False) -> None:
        self.origin = origin
        self.context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if dark else "light", locale="en-GB"
        )
        self.context.add_init_script(_INIT)
        self.page: Page = self.context.new_page()
        self.main = self.page.get_by_test_id("stMain")
        self.errors: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _heard(self, said: ConsoleMessage) -> None:
        # Streamlit first looks for its server below the page's own path, as /compare/_stcore/health, and then at the
        # root; the browser reports the first as an error.
        if said.type == "error" and not re.search(r"/\w+/_stcore/(health|host-config)$", said.location["url"]):
            self.errors.append(f"{said.text} {said.location['url']}")

    def open(self, path: str) -> Visitor:
        """Follow a link, at this visitor's own dashboard."""
        there = urlsplit(path)
        self.page.goto(urljoin(self.origin, urlunsplit(("", "", there.path or "/", there.query, ""))))
        self.settle()
        return self

    def settle(self) -> None:
        """Wait until the script has run, nothing is pending and what it sent is drawn."""
        self.page.evaluate("window.since = null")
        self.page.wait_for_function(_SETTLED, arg=_QUIET_MS, polling=50, timeout=60_000)

    @contextlib.contextmanager
    def rerun(self) -> Iterator[None]:
        """Do something inside the block that makes the page run again, and wait for that."""
        before = self.page.evaluate("window.asked")
        yield
        self.page.wait_for_function("before => window.asked > before && window.answers > 0", arg=before)
        self.settle()

    # What stands on the page

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.origin)

    def text(self) -> str:
        """Everything that can be read on the page, outside of tables."""
        return str(self.main.inner_text())

    def words(self) -> str:
        """The same without what is written in charts."""
        return str(
            self.main.evaluate(
                """main => { const charts = [...main.querySelectorAll('svg.marks')]
                  charts.forEach(e => e.style.visibility = 'hidden')
                  const text = main.innerText
                  charts.forEach(e => e.style.visibility = '')
                  return text }"""
            )
        )

    def heading(self) -> str:
        """The sentence that answers the page's question."""
        return str(self.main.locator("h1, h2").first.inner_text())

    def notices(self) -> list[str]:
        return [str(text) for text in self.main.get_by_test_id("stAlert").all_inner_texts()]

    def table(self, which: str | Locator = "table") -> list[dict[str, str]]:
        """Every row of a table, by its key, in the order shown, as its own CSV button gives it."""
        grid = self.page.locator(f".st-key-{which}").get_by_test_id("stDataFrame") if isinstance(which, str) else which
        grid.scroll_into_view_if_needed()
        grid.hover()
        with self.page.expect_download() as download:
            grid.get_by_role("button", name="Download as CSV").dispatch_event(
                "click"
            )  # it may lie under the page's head
        return list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig"))))

    def drawn_cells(self, key: str = "table") -> list[list[str]]:
        """The rows of a table now in sight, as a screen reader reads them."""
        grid = self.page.locator(f".st-key-{key}").get_by_test_id("stDataFrame")
        grid.scroll_into_view_if_needed()
        grid.locator("[role=gridcell]").first.wait_for(state="attached")
        return list(
            grid.evaluate("e => [...e.querySelectorAll('tbody tr')].map(r => [...r.children].map(c => c.innerText))")
        )

    def charts(self) -> list[Locator]:
        return list(self.main.get_by_test_id("stVegaLiteChart").filter(visible=True).all())

    @staticmethod
    def picture(chart: Locator) -> str:
        """A chart as it is drawn: the parts of its SVG, without the numbers given to those that nobody sees, and without places.

        Vega lays out a chart it has drawn before a pixel wider or narrower than a new one and keeps what it can of its
        parts, so places and order are not what two visitors must both see; marks say their values in words. What an
        axis says of itself is left out too: Vega does not renew it when only the data change.
        """
        chart.scroll_into_view_if_needed()
        svg = str(chart.locator("svg.marks").inner_html())
        hidden = r'(?<=clip)\d+|(?<=gradient_)\d+|aria-label="[XY]-axis[^"]*"'
        plain = re.sub(hidden + r'| (?:transform|d|[xy][12]?|width|height)="[^"]*"', "", svg)
        return "\n".join(sorted(re.findall(r"<[^/][^<]*", plain)))

    def marks(self, chart: Locator) -> list[str]:
        """What the marks of a chart say of themselves."""
        return [mark for mark in re.findall(r'aria-label="([^"]*)"', self.picture(chart)) if ":" in mark]

    def shown(self, *, tables: bool = True) -> dict[str, object]:
        """All a visitor can see: words, pictures and, with `tables`, rows in their order."""
        grids = self.main.get_by_test_id("stDataFrame").filter(visible=True).all() if tables else []
        return {
            "text": self.words(),
            **{f"table {number}": self.table(grid) for number, grid in enumerate(grids, 1)},
            **{f"chart {number}": self.picture(chart) for number, chart in enumerate(self.charts(), 1)},
        }

    # What a visitor does

    def control(self, key: str) -> Locator:
        return self.page.locator(f".st-key-{key}").first

    def type_number(self, key: str, value: float) -> None:
        field = self.control(key).locator("input")
        with self.rerun():
            field.fill(f"{value:g}")
            field.press("Enter")

    def pick(self, key: str, option: str) -> None:
        """Choose in a list by typing the option and taking it."""
        with self.rerun():
            self.control(key).locator("input").click()
            self.page.keyboard.type(option)
            self.page.get_by_role("option", name=option, exact=True).click()

    def press(self, key: str, label: str) -> None:
        """Choose one of a row of buttons."""
        with self.rerun():
            self.control(key).get_by_text(label, exact=True).click()

    def go_to(self, title: str) -> None:
        """Another page, by its name in the navigation."""
        banner = self.page.get_by_role("banner")
        link = banner.get_by_role("link", name=title, exact=True)
        for section in [] if link.is_visible() else banner.get_by_test_id("stTopNavSection").all():
            section.click()
            menu = self.page.get_by_role("menu")
            menu.wait_for()
            link = menu.get_by_role("menuitem", name=title, exact=True)
            if link.is_visible():
                break
            self.page.keyboard.press("Escape")
        with self.rerun():
            link.click()

    def share_link(self) -> str:
        """The link the Share button gives to keep: every value spelled out. The box stays open."""
        with self.rerun():
            self.page.get_by_role("button", name="Share").click()
        box = self.page.get_by_test_id("stPopoverBody")
        box.get_by_role("tab", name="Keep").click()
        code = box.locator("code").filter(visible=True).first
        code.wait_for()
        return str(code.inner_text())

    def close(self) -> None:
        self.context.close()
