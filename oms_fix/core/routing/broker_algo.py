"""Strategy ``broker_algo``: all to a broker, to be worked by an algorithm of its.

The algorithm is named by TargetStrategy(847) or the tag that the broker has for it. Parameters have
tags of their own where venues.yaml gives them, the others go in StrategyParametersGrp: one entry of
StrategyParameterName(958), Type(959) = 14 (String) and Value(960) each.
"""

from oms_fix.core.orders.order import ZERO
from oms_fix.core.routing.decision import Demand, Plan
from oms_fix.core.routing.view import look_at
from oms_fix.model.orders import OtherField
from oms_fix.model.routes import BrokerAlgo
from oms_fix.model.venues import Algorithm

_NO_STRATEGY_PARAMETERS = 957
_NAME, _TYPE, _VALUE = 958, 959, 960
_STRING = "14"


def plan(route: BrokerAlgo, demand: Demand) -> Plan:
    """Return one leg."""
    (view,) = look_at((route.venue,), demand)
    offered = view.terms.algorithms
    algorithm = next((each for each in offered if each.name == route.algorithm), None)
    problem = view.can_have(demand.quantity)
    if not problem and algorithm is None:
        problem = f"offers no algorithm {route.algorithm}"
    if problem or algorithm is None:
        return Plan((view.leg(ZERO, problem),))
    fields = fields_of(algorithm, route.parameters)
    reason = f"to be worked by {route.algorithm}"
    return Plan((view.leg(demand.quantity, reason, other_fields=fields),))


def fields_of(algorithm: Algorithm, parameters: dict[str, str]) -> tuple[OtherField, ...]:
    """Return what tells a broker which algorithm it is, and with which parameters."""
    tags = algorithm.parameter_tags
    named = [(name, value) for name, value in parameters.items() if name not in tags]
    fields = [OtherField(algorithm.strategy_tag, algorithm.target_strategy)]
    fields += [OtherField(tags[name], value) for name, value in parameters.items() if name in tags]
    if named:
        members = tuple(
            member
            for name, value in named
            for member in ((_NAME, name), (_TYPE, _STRING), (_VALUE, value))
        )
        fields.append(OtherField(_NO_STRATEGY_PARAMETERS, str(len(named)), members))
    return tuple(fields)
