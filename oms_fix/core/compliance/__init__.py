"""Pre-trade checks, one rule a file."""
