"""The process that draws: a specification in, a drawing out. Started by `lib.web.drawing`, by its path, not imported.

A line of JSON comes in: `["svg", specification]` or `["png", drawing, scale]`. Out goes a line with the number of bytes
and then these; a negative number where what follows is the reason why not. It ends with its input.
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any

import vl_convert

_FETCHES = re.compile(r"<\s*(\w+:)?(image|feImage|use)\b", re.IGNORECASE)
"""Tags that name another file; in words the bracket is escaped."""


def drawn(order: list[Any]) -> bytes:
    """What one order asks for."""
    if order[0] == "svg":
        return str(vl_convert.vegalite_to_svg(order[1], allowed_base_urls=[])).encode()
    if _FETCHES.search(order[1]):  # the engine would, and cannot be told not to
        raise ValueError("the drawing has a picture in it that would have to be fetched")
    return bytes(vl_convert.svg_to_png(order[1], scale=order[2]))


def main() -> None:
    """Answer orders until there are no more."""
    for line in sys.stdin.buffer:
        try:
            answer = drawn(json.loads(line))
            size = len(answer)
        except Exception as error:  # noqa: BLE001 the other process is told
            answer = str(error)[:500].encode()
            size = -len(answer)
        sys.stdout.buffer.write(f"{size}\n".encode() + answer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
