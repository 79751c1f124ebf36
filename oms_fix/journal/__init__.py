"""The message store: everything that came in, was decided and went out."""
