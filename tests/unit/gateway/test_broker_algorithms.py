"""What tells a broker which algorithm is to work an order, from the route to the message."""

import pytest
from desk import terms
from routing_desk import RoutingDesk

from oms_fix.gateway.translator import translator
from oms_fix.model.enums import ExecType
from oms_fix.model.events import ChildCancelRequested, ChildPlaced
from oms_fix.model.orders import OtherField
from oms_fix.model.routes import BrokerAlgo
from oms_fix.model.venues import Algorithm, VenueTerms

TAGGED = {"strategy_tag": 9001, "parameter_tags": {"Start": 9002}}
SAID = (
    b"NoStrategyParameters(957)=1 StrategyParameterName(958)=Start "
    b"StrategyParameterType(959)=14 StrategyParameterValue(960)=09:30"
)
GROUP = [(957, b"1"), (958, b"Start"), (959, b"14"), (960, b"09:30")]


def placed(desk, *others):
    """Return what goes to the broker for an order on which the client says other fields."""
    events = desk.new(order_terms=terms(100, 10, other_fields=others))
    return next(each for each in events if isinstance(each, ChildPlaced))


def desk_of(**algorithm):
    """Return a desk that has orders worked by an algorithm of the broker's."""
    offered = Algorithm(name="VWAP", target_strategy="2", **algorithm)
    route = BrokerAlgo(id="algo", venue="A", algorithm="VWAP", parameters={"Start": "09:30"})
    return RoutingDesk(route, venues=[VenueTerms(session="A", algorithms=(offered,))])


def written(version, event, now):
    message = translator(version).encode(event, now)
    wanted = {58, 847, 957, 958, 959, 960, 9001, 9002, 9003}
    return [field for field in message.fields if field[0] in wanted]


def test_the_tags_of_the_broker_go_out_in_every_version(version, now):
    """They are the route's, not the client's: no agreement with the client is asked for."""
    event = placed(desk_of(**TAGGED), OtherField(9003, "not agreed"))
    assert written(version, event, now) == [(9001, b"2"), (9002, b"09:30")]


@pytest.mark.parametrize(
    ("of_version", "fields"),
    [
        ("FIX.5.0SP2", [(847, b"2"), *GROUP]),
        ("FIX.4.4", [(58, SAID), (847, b"2")]),
        ("FIX.4.2", [(58, b"TargetStrategy(847)=2; " + SAID)]),
    ],
)
def test_standard_fields_go_out_where_the_version_has_them(of_version, fields, now):
    """What it lacks is said in Text(58)."""
    assert written(of_version, placed(desk_of()), now) == fields


def test_what_the_client_says_yields_to_the_route(now):
    """A tag goes out once: with the algorithm of the route."""
    event = placed(desk_of(), OtherField(847, "1"))
    assert written("FIX.5.0SP2", event, now) == [(847, b"2"), *GROUP]


def test_a_cancel_names_the_algorithm_as_the_order_did(now):
    """With the tags of the broker."""
    desk = desk_of(**TAGGED)
    placed(desk)
    desk.venue(ExecType.NEW)
    events = desk.cancel()
    (asked,) = [each for each in events if isinstance(each, ChildCancelRequested)]
    assert written("FIX.4.4", asked, now) == [(9001, b"2"), (9002, b"09:30")]
