"""Work that goes on while pages come and go, shared by all sessions of a server."""
