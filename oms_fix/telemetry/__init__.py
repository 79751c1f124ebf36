"""Logging at the edges."""
