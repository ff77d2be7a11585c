"""Routes beside the pages, at the same query strings: rows as CSV, JSON and Parquet, previews for chats, headers."""

from lib.web.headers import SafeHeaders
from lib.web.routes import routes

__all__ = ["SafeHeaders", "routes"]
