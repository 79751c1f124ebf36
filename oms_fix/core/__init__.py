"""What decides: pure, without clock, randomness, input or output."""
