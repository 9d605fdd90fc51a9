"""What all pages share: frame, theme, components, figures, commands."""
