"""The oms-fix command."""
