"""Mutated messages: a session takes whatever comes; ``scripts/fuzz`` brings a million."""

import gc
import random
import sys

from fuzz_campaign import Campaign

MESSAGES = 20_000
WARM_UP = 10_000
OBJECTS_MAX = 5_000  # some hundred are usual; one kept of each message would be twice as many


def test_mutated_messages_break_nothing():
    """No exception, no hang, no number lost or used twice, no memory that stays."""
    seed = random.randrange(10**9)
    campaign = Campaign(seed)
    while campaign.mutated < WARM_UP:
        campaign.converse()
    gc.collect()
    objects = sys.getallocatedblocks()
    while campaign.mutated < MESSAGES:
        campaign.converse()
    gc.collect()
    assert sys.getallocatedblocks() - objects < OBJECTS_MAX, f"scripts/fuzz --seed {seed}"
    assert campaign.delivered > 0
