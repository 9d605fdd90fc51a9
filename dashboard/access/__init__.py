"""Who may reach this server, who is asking, and what is theirs to do."""
