"""The order state change matrices of the FIX specification, through the router as a process.

Every scenario is played with each pair of versions, in its main way and in every refused one; every
message to the client must be the matrix's, and there must be no other.
"""

import pytest
from order_scenarios import can_be_said, scenarios
from passthrough import VERSIONS, Player

SCENARIOS = scenarios()
CASES = [
    pytest.param(client, venue, scenario, id=f"{client}-{venue}-{scenario}")
    for client in VERSIONS
    for venue in VERSIONS
    for scenario, ways in SCENARIOS.items()
    if can_be_said(ways[0], client)
]


@pytest.fixture(scope="module")
def player_of(tmp_path_factory):
    """Return a player for a pair of versions, on a running router; one at a time."""
    players = {}

    def player_of(*versions):
        if versions not in players:
            stop_all(players)
            player = players[versions] = Player(tmp_path_factory.mktemp("router"), *versions)
            player.start()
        return players[versions]

    yield player_of
    stop_all(players)


def stop_all(players):
    """Stop them and forget them."""
    while players:
        players.popitem()[1].stop()


@pytest.mark.parametrize(("client", "venue", "scenario"), CASES)
def test_the_client_hears_what_the_matrix_has(player_of, client, venue, scenario):
    """Each way through the scenario is told in its order, with its statuses, quantities and ids."""
    for way in SCENARIOS[scenario]:
        player_of(client, venue).play(way)
