"""Pictures: a table in, a Vega-Lite chart out. No facts here, no Streamlit.

A chart is built without its data and remembered as a plain dictionary: building one with Altair
costs more than everything else a change on the page does, and only the data changes.
"""

from lib.charts.contexts import context_bars, layer_bars
from lib.charts.dots import score_dots
from lib.charts.frontier import label_apart, label_sides, pareto
from lib.charts.ladder import ladder_steps
from lib.charts.machines import machine_scatter
from lib.charts.memory import memory_bar
from lib.charts.style import LOOKS, Theme

__all__ = [
    "LOOKS",
    "Theme",
    "context_bars",
    "label_apart",
    "label_sides",
    "ladder_steps",
    "layer_bars",
    "machine_scatter",
    "memory_bar",
    "pareto",
    "score_dots",
]
