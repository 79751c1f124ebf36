"""Message stores to read from."""

import example_store
import pytest


@pytest.fixture
def store_builder(tmp_path):
    """A store with rules, reference data and sessions, to be filled further."""
    builder = example_store.StoreBuilder(tmp_path / "oms.db")
    example_store.found(builder)
    yield builder
    builder.close()


@pytest.fixture
def store(store_builder):
    """The path of a store with orders T-1 (filled), T-2 (rejected), T-3 (canceled), T-4 (open)."""
    example_store.filled_at_two_venues(store_builder)
    example_store.rejected(store_builder)
    example_store.canceled(store_builder)
    example_store.left_alone(store_builder)
    example_store.halted(store_builder)
    example_store.working(store_builder)
    return store_builder.path
