"""What is agreed to go on reaches the venue and comes back, whatever versions the two speak."""

import pytest
from live_router import Client, Venue
from passthrough import VERSIONS, PassThrough

PASSED = "pass_through: [115, 453, 5001]"
TRADER = [(448, "T1"), (447, "D"), (452, "11")]
FUND = [(448, "F7"), (447, "D"), (452, "3")]


@pytest.fixture
def parties(tmp_path, request):
    """A running router for the pair of versions, its client and its venue, logged on."""
    client_version, venue_version = request.param
    router = PassThrough(tmp_path, client_version, venue_version)
    routing = tmp_path / "routing.yaml"
    routing.write_text(routing.read_text().replace("phones: [VENUE]", PASSED))
    clients = tmp_path / "sessions" / "clients.cfg"
    clients.write_text(clients.read_text() + "ValidateUserDefinedFields=N\n")
    venue = Venue(router, VERSIONS[venue_version])
    client = Client(router, version=VERSIONS[client_version])
    for peer in (venue, client):
        peer.take_user_defined_fields()
    router.start()
    venue.log_on()
    client.log_on()
    yield client, venue, client_version, venue_version
    client.drop()
    venue.close()
    router.stop()


PAIRS = [(client, venue) for client in VERSIONS for venue in VERSIONS]


@pytest.mark.parametrize("parties", PAIRS, indirect=True, ids="-".join)
def test_fields_go_to_the_venue_and_come_back(parties):
    """Routing, user-defined fields, Parties, what is shown: as they are, as 4.2's, or as text."""
    client, venue, client_version, venue_version = parties
    later = client_version != "4.2"
    asked = [(453, 2), *FUND, *TRADER] if later else [(109, "F7")]
    show, name = (1138, "DisplayQty") if client_version == "5.0SP2" else (210, "MaxShow")
    order = [(55, "IBM"), (54, 1), (60, "20260101-10:00:00"), (38, 100), (40, 1)]
    client.send("D", (115, "HUB"), (11, "X"), (21, 1), *asked, *order, (show, 10), (5001, "a"))
    placed = venue.expect("D", t115="HUB", t5001="a")
    text = placed.text(58) or ""
    if venue_version == "4.2":
        assert placed.text(109) == "F7"
        assert ("PartyID(448)=T1" in text) is later
    else:
        assert placed.text(448) == "F7"
    has_it = show == 210 or venue_version == "5.0SP2"
    assert (placed.text(show) == "10", f"{name}({show})=10" in text) == (has_it, not has_it)
    _report(venue, placed.text(11), venue_version == "4.2")
    new = client.expect("8", t150="0", t128="HUB", t5001="b")
    assert new.text(448 if later else 109) == "F7"
    client.expect_nothing_more()
    venue.expect_nothing_more()


def _report(venue, cl_ord_id, is_old):
    trans_type = [(20, 0)] if is_old else []
    sums = [(38, 100), (151, 100), (14, 0), (6, 0)]
    venue.send(
        "8", (37, "V1"), (11, cl_ord_id), (17, "E1"), *trans_type, (150, 0), (39, 0), (55, "IBM"),
        (54, 1), *sums, (5001, "b"), (5002, "not agreed"),
    )  # fmt: skip
