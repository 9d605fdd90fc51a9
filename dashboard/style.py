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
.lb-header .lb-section {{ color: var(--lb-muted); font-size: 1rem; letter-spacing: .02em; }}
.lb-header h1 {{ font-size: 2rem; line-height: 1.15; margin: 0; padding: 0; font-weight: 650; }}
.lb-header p {{ margin: .25rem 0 0; color: var(--lb-muted); font-size: 1.1rem; }}
.lb-footer {{ color: var(--lb-muted); border-top: 1px solid var(--lb-border);
  padding-top: .5rem; margin-top: 1.5rem; font-size: 1rem; }}
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
.stMain [data-testid="stMarkdownContainer"] p {{ font-size: 1rem; }}
.stMain [data-testid="stButtonGroup"] button:is([aria-checked="true"], [aria-pressed="true"]) p {{
  color: var(--lb-accent); }}
[data-testid="stFileUploader"] :is(small, span, p, div) {{ font-size: 1rem; }}
@media (prefers-reduced-motion: reduce) {{ * {{ transition: none !important; }} }}
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
