"""Identifiers, instruments, orders, commands, events, reasons: plain values."""
