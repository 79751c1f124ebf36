"""Market data as the router needs it: books of venues, shared between processes, and history."""
