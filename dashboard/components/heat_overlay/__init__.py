"""An X-ray with a signed heat map over it, whose controls answer while they are dragged."""
