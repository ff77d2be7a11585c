"""One model on many machines: those that are alike in the kinds of their memories are placed and timed in one go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from lib.answers.machine import Rig
from lib.answers.placed import kv_share, runtime_of, speed_text
from lib.answers.reads import work_of
from lib.answers.sized import Rows, request_of
from lib.answers.speed import Setting, decode_in
from lib.fit import Fit
from lib.sizing import table as sizing
from lib.sizing.demand import demand
from lib.sizing.pools import Rooms
from lib.view import View


def placed_alone(rows: Rows, rigs: Mapping[str, Rig], view: View) -> dict[str, tuple[Fit, str, float]]:
    """The one row of `rows` on each machine, by its key: its fit, its speed with the range, and the bytes left over.

    What is left over is that of the cards, or of the RAM of a machine without any. The machines keep their order.
    """
    request = request_of(view)
    need = demand(rows.table, request)
    alike = defaultdict(list)
    for key, rig in rigs.items():
        setting = Setting(rig.facts, runtime_of(rows.formats[0]))
        alike[len(rig.pools.gpus), rig.pools.ram is None, rig.pools.unified, setting.kinds].append((key, setting))
    found = {}
    for (cards, *_), group in alike.items():
        at = np.zeros(len(group), np.intp)
        part = rows.take(at)
        places = sizing.place_all(part.table, Rooms.of([rigs[key].pools for key, _ in group]), request, need=need.take(at))  # fmt: skip
        speeds = decode_in(
            [setting for _, setting in group], part.table, part.active_parameters, part.moe, places,
            work=work_of(part.table, view.depth), kv_share=kv_share(part.table, view, view.depth),
        )  # fmt: skip
        spare = places.spare_bytes[:, :cards].sum(axis=1) if cards else places.spare_bytes[:, -1]
        bands = zip(speeds.decode_tok_per_s.tolist(), speeds.low.tolist(), speeds.high.tolist(), strict=True)
        for (key, _), fit, band, left in zip(group, places.fit, bands, spare.tolist(), strict=True):
            found[key] = sizing.FITS[fit], speed_text(*band), float(left)
    return {key: found[key] for key in rigs}
