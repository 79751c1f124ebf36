"""Rules, venue selection, strategies."""
