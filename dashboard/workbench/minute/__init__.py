"""A model of one's own in a minute: collect pictures, train on them, ask it live."""
