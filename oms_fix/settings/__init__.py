"""Configuration files: read with their line numbers, checked as a whole."""
