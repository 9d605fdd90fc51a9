"""Inline browser components: what moves or follows the hand."""
