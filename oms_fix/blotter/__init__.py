"""The read side: a model folded from committed events, and queries over it."""
