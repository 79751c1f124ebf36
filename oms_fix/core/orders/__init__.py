"""Orders: the state machine, parents and children."""
