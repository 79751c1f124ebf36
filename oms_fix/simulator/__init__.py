"""Venues, dealers and clients to trade against."""
