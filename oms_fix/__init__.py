"""oms-fix: a FIX order management system and order router."""

__version__ = "0.1.0"
