"""Routes beside the pages, at the same query strings: rows as CSV, JSON and Parquet, pictures, previews, files; headers
and limits of every answer; what whoever runs the dashboard reads."""

from lib.web.headers import SafeHeaders
from lib.web.health import Watched, log_fault, structured_logs
from lib.web.limits import Limits
from lib.web.routes import routes

__all__ = ["Limits", "SafeHeaders", "Watched", "log_fault", "routes", "structured_logs"]
