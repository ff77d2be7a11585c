"""The front door: `streamlit run app.py` serves the dashboard, its rows, pictures and files.

The entry is an `st.App` because a folder named `pages/` beside a plain script breaks cold deep
links, and because routes beside the pages belong in the same process.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.middleware import Middleware

from lib import answers, web
from lib.catalog import current
from lib.view import View


@asynccontextmanager
async def warm(_: st.App) -> AsyncIterator[None]:
    """Read the catalog and answer once before the first visitor does, then keep it out of garbage collection.

    Meanwhile none is done: nothing read here is garbage, and to look for some is a quarter of a large catalog's start.
    """
    gc.disable()
    try:
        answers.rank_models(current(), View())
        answers.search_facts(current(), "")
    except LookupError as error:  # a catalog with nothing in it is said on the page, and may be mended
        logging.getLogger(__name__).warning("nothing to warm up with: %s", error)
    finally:
        gc.enable()
    gc.collect()
    gc.freeze()
    yield


web.structured_logs()
app = st.App(
    "pages/frame.py",
    lifespan=warm,
    routes=web.routes(),
    # From the outside in: what every answer carries, what is counted and logged, what is refused unread.
    middleware=[Middleware(web.SafeHeaders), Middleware(web.Watched), Middleware(web.Limits)],
    on_script_error=web.log_fault,
)
