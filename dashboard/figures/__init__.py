"""From a typed result to a Plotly figure; no Streamlit here."""
