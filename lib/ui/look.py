"""The few rules of style that Streamlit's theme cannot say: widths, targets, motion, print.

Colours and type stand in .streamlit/config.toml. The text below is constant: nothing from a link
or the catalog may ever be put into it.
"""

from __future__ import annotations

import streamlit as st

STYLE = """<style>
/* On a very wide screen the page stays one glance wide, and no line of text grows past reading. */
.stMainBlockContainer { max-width: 130rem; margin-inline: auto; }
.stMainBlockContainer :is([data-testid="stMarkdownContainer"], [data-testid="stCaptionContainer"]) :is(p, li) { max-width: 50rem; }
[data-testid="stHeading"] h1 { max-width: 66rem; line-height: 1.3; text-wrap: pretty; }
/* Of an answer in several sentences the first stands out; the others are as large, and lighter. */
[data-testid="stHeading"] h1 span[style] { font-size: 0.85em !important; font-weight: 400; }
/* Small print is fainter in its words alone: a link in it is as dark as any other. */
[data-testid="stCaptionContainer"] { opacity: 1; }
[data-testid="stCaptionContainer"] :is(p, li) { color: color-mix(in srgb, currentColor 64%, transparent); }
/* What is chosen of a list: the page's own ink, which reads on the light and the dark page. */
[data-testid="stMultiSelect"] [data-tag] { background: color-mix(in srgb, currentColor 9%, transparent); color: inherit; border: 1px solid color-mix(in srgb, currentColor 35%, transparent); }
[data-testid="stMultiSelect"] [data-tag] * { color: inherit; }
/* Rows of buttons are as high as the boxes beside them. */
[data-testid="stButtonGroup"] button { min-height: 2.5rem; }
/* Each row of controls stays one row on a laptop. */
.st-key-machine, .st-key-filters { column-gap: 0.6rem; }
/* Whatever can be pressed is at least 24 px across (WCAG 2.2, 2.5.8). */
[data-testid="stTooltipHoverTarget"] button, [data-testid="stTooltipIcon"] button, [data-testid="stHeaderActionElements"] a,
[data-testid="stElementToolbarButton"] button, [data-testid="stMultiSelect"] button, [data-testid="stDateInputCalendarButton"] { min-width: 24px; min-height: 24px; }
/* The keyboard's place is always seen; boxes to type in have a coloured border of their own. */
:is(button, a, summary, [tabindex="0"]):not(input, textarea):focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }

/* Where two columns would be narrow they stand one under the other. */
@media (max-width: 1000px) {
  [data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"]) { flex-wrap: wrap; }
  [data-testid="stHorizontalBlock"] > [data-testid="stColumn"] { flex: 1 1 100%; min-width: 100%; }
}

@media (max-width: 640px) {
  .stMainBlockContainer { padding-inline: 1rem; }
  [data-testid="stHeading"] h1 { font-size: 1.2rem; line-height: 1.3; }
  /* The machine takes three lines, so that the answer is in sight. */
  .st-key-machine, .st-key-filters { row-gap: 0.5rem; }
  .st-key-machine > :is(.st-key-n, .st-key-ram, .st-key-budget) { flex: 1 1 6rem; width: auto; min-width: 0; }
  .st-key-machine > .st-key-ctx { flex: 1.5 1 8.8rem; width: auto; min-width: 0; }
  .st-key-machine > .st-key-hw { flex: 1 1 11rem; width: auto; min-width: 0; }
  /* So do a page's own controls as far as they go, two in a line. */
  .st-key-filters > :has([data-testid="stNumberInput"]) { flex: 1 1 8rem; width: auto; min-width: 0; }
  .st-key-filters > :is(:has([data-testid="stSelectbox"]), :has([data-testid="stMultiSelect"])) { flex: 2 1 12rem; width: auto; min-width: 0; }
}

@media (prefers-reduced-motion: reduce) {
  *, *::before, *::after { animation-duration: 0.01ms !important; animation-iteration-count: 1 !important;
    transition-duration: 0.01ms !important; scroll-behavior: auto !important; }
}

@page { margin: 14mm; }
@media print {
  /* Notes that are folded on the screen are part of the answer on paper. */
  .st-key-notes details::details-content { content-visibility: visible !important; block-size: auto !important; }
  .st-key-notes [data-testid="stExpanderDetails"] { display: block !important; height: auto !important; visibility: visible !important; opacity: 1 !important; }
  header, [data-testid="stSidebar"], [data-testid="stToolbar"], [data-testid="stElementToolbar"], [data-testid="stStatusWidget"],
  [data-testid="stPopover"], [data-testid="stTooltipIcon"], [data-testid="stButton"], .vega-actions, summary { display: none !important; }
  /* A dark page prints dark, since its words are light. */
  .stApp { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .stApp, [data-testid="stAppViewContainer"], [data-testid="stMain"] { position: static !important; overflow: visible !important; height: auto !important; }
  .stMainBlockContainer { padding: 0 !important; max-width: none; }
  [data-testid="stVegaLiteChart"], [data-testid="stAlert"], [data-testid="stMetric"], h1, h2, h3, tr { break-inside: avoid; }
  h1, h2, h3 { break-after: avoid; }
  a { text-decoration: underline; }
}
</style>"""


def apply() -> None:
    """Give this run's page its style."""
    st.html(STYLE)
