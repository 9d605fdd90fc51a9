"""The stylesheet that Streamlit's own theme settings cannot express. No Streamlit here."""

from __future__ import annotations

from dashboard.theme import MONO, Theme

# One spacing scale, in rem: .25 .5 1 1.5 2.5; one radius; one shadow.
_SHEET = """
:root {{ --lb-muted: {muted}; --lb-surface: {surface}; --lb-border: {border};
  --lb-accent: {accent}; --lb-text: {text}; --lb-background: {background};
  --lb-training: {training}; --lb-validation: {validation}; --lb-reference: {reference};
  --lb-other: {other}; --lb-radius: 6px; --lb-text-px: {text_px}px;
  --lb-shadow: 0 1px 3px rgb(0 0 0 / .25); --lb-mono: {mono}; }}
html {{ font-size: {text_px}px; }}
.stMainBlockContainer {{ padding: 4.2rem 2.5rem 1.5rem; max-width: 1720px; }}
.lb-footer {{ color: var(--lb-muted); border-top: 1px solid var(--lb-border);
  padding-top: .5rem; margin-top: 1.5rem; font-size: 1rem; }}
.st-key-lb_address {{ display: none; }}
/* In the navigation's row: no page has to make room for it. */
.st-key-lb_running {{ position: fixed; top: 6px; right: 64px; z-index: 999999; width: auto;
  max-width: 34vw; }}
.st-key-lb_running button {{ min-height: 32px; padding: 0 .6rem; max-width: 100%; }}
.st-key-lb_running button p {{ overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }}
html.lb-presenting .st-key-lb_running {{ display: none; }}
.lb-number {{ font-variant-numeric: tabular-nums; font-family: var(--lb-mono); }}
.lb-card {{ background: var(--lb-surface); border: 1px solid var(--lb-border);
  border-radius: var(--lb-radius); padding: 1rem; }}
.lb-facts {{ display: flex; flex-wrap: wrap; gap: 1rem 2rem; margin: .25rem 0; }}
.lb-fact b {{ display: block; font-size: 1.45rem; font-weight: 600; line-height: 1.2;
  font-variant-numeric: tabular-nums; }}
.lb-fact span {{ color: var(--lb-muted); font-size: 1rem; }}
[data-testid="stCaptionContainer"], .stCaption, small {{ font-size: 1rem !important; }}
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] p {{
  color: var(--lb-muted) !important; opacity: 1 !important; }}
[data-testid="stWidgetLabel"] p {{ font-size: 1rem; }}
/* Streamlit sets labels of buttons, options, files and bars at 14 px, chosen ones too faintly. */
.stMain [data-testid="stMarkdownContainer"] :is(p, code) {{ font-size: 1rem; }}
.stMain [data-testid="stButtonGroup"] button:is([aria-checked="true"], [aria-pressed="true"]) p {{
  color: var(--lb-accent); }}
[data-testid="stFileUploader"] :is(small, span, p, div) {{ font-size: 1rem; }}
.lb-table-frame {{ overflow-x: auto; }}
.lb-table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 1rem; }}
.lb-table caption {{ text-align: left; color: var(--lb-muted); padding-bottom: .4rem; }}
.lb-table th, .lb-table td {{ padding: .25rem 1rem .25rem 0; text-align: right;
  border-bottom: 1px solid var(--lb-border); }}
.lb-table :is(th[scope="row"], thead th:first-child) {{ text-align: left; }}
.lb-table th[scope="row"] {{ font-weight: 400; }}
.lb-table thead th {{ color: var(--lb-muted); font-weight: 600; vertical-align: bottom; }}
/* See browser/upload.js. */
[data-testid="stPopoverBody"]:has([aria-label^="Cancel upload"])::after {{ display: block;
  color: var(--lb-muted); padding-top: .5rem;
  content: "This stays open until the files have arrived. The cross beside a name stops it."; }}
/* For what a file was not taken: Streamlit says it to screen readers and under the mouse alone. */
.stFileChip [role="alert"] {{ position: static !important; width: auto !important;
  height: auto !important; clip-path: none !important; clip: auto !important;
  overflow: visible !important; white-space: normal !important; margin: 0 .75rem !important; }}
/* Slanted letters stand out a little: without room for them a formula counts as scrollable. */
.katex-display {{ padding: 0 4px; overflow: visible !important; }}
@media (prefers-reduced-motion: reduce) {{ * {{ transition: none !important; }} }}
"""

# The stage owns the screen: navigation, one line, then the stage with all that is left.
STAGE_SHEET = """
:root { --lb-nav-height: 46px; --lb-line-height: 48px; --lb-corner-height: 44px;
  --lb-side-width: clamp(210px, 22.2vw, 400px);
  --lb-stage-height: calc(100dvh - var(--lb-nav-height) - var(--lb-line-height) - 6px); }
.stMainBlockContainer { padding: var(--lb-nav-height) 8px 1rem !important; max-width: none; }
.stMainBlockContainer > .stVerticalBlock { gap: 0; }
[data-testid="stHeader"] { height: var(--lb-nav-height); min-height: var(--lb-nav-height); }
.st-key-lb_line { height: var(--lb-line-height); position: relative; z-index: 50; gap: 0; }
.st-key-lb_line > :has(.lb-place) { display: none; }
.st-key-lb_stage { position: relative; gap: 0; }
.st-key-lb_corner { position: absolute; right: 0; top: 0; z-index: 20; height: 40px;
  width: var(--lb-side-width) !important; flex-wrap: nowrap; gap: 4px; }
.st-key-lb_corner > * { flex: 1 1 0 !important; min-width: 0 !important; }
.st-key-lb_corner button { min-height: 38px; padding: 0 .4rem; }
.st-key-lb_corner [data-testid="stPageLink"] a { min-height: 38px; }
.st-key-lb_corner button p { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.st-key-lb_instead { min-height: var(--lb-stage-height) !important; max-width: 40rem;
  margin: 0 auto; justify-content: center; }
.st-key-lb_below { max-width: 1200px; margin: 1rem auto 0; padding: 0 1rem; }
.lb-code { background: #fff; border-radius: var(--lb-radius); padding: .5rem; }
.lb-code svg { display: block; width: 100%; max-height: 60vh; }
html.lb-presenting { font-size: max(24px, 3.34vh);
  --lb-corner-height: 0px; --lb-side-width: 22.8vw;
  --lb-stage-height: calc(100dvh - var(--lb-line-height)); overflow: hidden; }
html.lb-presenting :is([data-testid="stHeader"], .st-key-lb_below, .lb-footer) {
  display: none; }
html.lb-presenting .st-key-lb_corner { display: none; }
html.lb-presenting .st-key-lb_line { position: fixed; inset: 0 0 auto 0; z-index: 1000001;
  background: var(--lb-background); }
html.lb-presenting .st-key-lb_stage { position: fixed; z-index: 1000000;
  inset: var(--lb-line-height) 0 0 0; background: var(--lb-background); }
"""


def stylesheet(theme: Theme) -> str:
    """CSS for one theme; components read the ``--lb-*`` variables."""
    return _SHEET.format(
        muted=theme.muted,
        surface=theme.surface,
        border=theme.border,
        accent=theme.accent,
        text=theme.text,
        background=theme.background,
        training=theme.training,
        validation=theme.validation,
        reference=theme.reference,
        other=theme.other,
        text_px=theme.text_px,
        mono=MONO,
    )
