"""The order state scenarios: read, taken apart into paths, and told in each version's words.

A scenario has a main path and refusals that end it early (``alt``). A path is a list of steps that
are played one after the other.
"""

from itertools import chain
from pathlib import Path
from typing import NamedTuple

import yaml

FOLDER = Path(__file__).parent.parent / "scenarios"
FILES = ("order_state_scenarios.yaml", "more_order_state_scenarios.yaml")
TAGS = {
    "AvgPx": 6, "ClOrdID": 11, "CumQty": 14, "ExecID": 17, "ExecInst": 18, "ExecRefID": 19,
    "ExecTransType": 20, "LastPx": 31, "LastQty": 32, "LastShares": 32, "OrderID": 37,
    "OrderQty": 38, "OrdStatus": 39, "OrdType": 40, "OrigClOrdID": 41, "Price": 44, "Text": 58,
    "TimeInForce": 59, "PossResend": 97, "StopPx": 99, "CxlRejReason": 102, "OrdRejReason": 103,
    "DKReason": 127, "ExecType": 150, "CashOrderQty": 152, "LeavesQty": 151, "RefMsgType": 372,
    "ExecRestatementReason": 378, "BusinessRejectRefID": 379, "BusinessRejectReason": 380,
    "DayOrderQty": 424, "DayCumQty": 425, "DayAvgPx": 426, "ExpireDate": 432,
    "CxlRejResponseTo": 434, "MassCancelRequestType": 530, "MassCancelResponse": 531,
    "MassCancelRejectReason": 532, "MassStatusReqID": 584, "MassStatusReqType": 585,
    "TotNumReports": 911, "LastRptRequested": 912, "MassActionType": 1373,
    "MassActionScope": 1374, "MassActionResponse": 1375,
}  # fmt: skip
IDS = ("ClOrdID", "OrigClOrdID")
_NOT_IN_42 = ("J", "K", "Z")
_MASS = ("q", "AF", "CA")
_TRADE, _CORRECT, _BUST, _STATUS = "F", "G", "H", "I"
_TRANS_TYPES = {_BUST: "1", _CORRECT: "2", _STATUS: "3"}


class Step(NamedTuple):
    """One step; ``sender`` is ``client`` or ``broker``, ``event`` what happens outside FIX.

    ``fields`` are those of FIX 4.4 and later, ``fields42`` those of FIX 4.2.
    """

    sender: str
    msg_type: str | None
    fields: dict[str, object]
    fields42: dict[str, object]
    crosses: bool
    is_refusal: bool
    event: str | None


class Way(NamedTuple):
    """A way through a scenario; ``name`` such as ``B.1.a`` or ``B.1.a refused at 4``.

    ``versions`` are those of FIX 4.4 and later in which a client has the words for it.
    """

    name: str
    steps: list[Step]
    versions: tuple[str, ...]


def scenarios():
    """Return the paths of every scenario, by the scenario's id."""
    found = [yaml.safe_load((FOLDER / name).read_text())["scenarios"] for name in FILES]
    return {each["id"]: _paths(each) for each in chain(*found)}


def is_of_many(way):
    """Whether a way asks about many orders at once."""
    return any(step.msg_type in _MASS for step in way.steps)


def can_be_said(way, version):
    """Whether a client of this version has the words: FIX 4.2 has no q and no AF, for one."""
    if version != "4.2":
        return version in way.versions
    if "4.4" not in way.versions:
        return False
    asked = [step for step in way.steps if step.sender == "client"]
    later = any(step.fields.get("ExecInst") in _NOT_IN_42 for step in asked)
    return not later and not is_of_many(way)


def _paths(scenario):
    steps = [
        _step(step, old)
        for step, old in zip(
            scenario["steps"],
            scenario.get("fix42", {"steps": scenario["steps"]})["steps"],
            strict=True,
        )
    ]
    paths, main, versions = [], [], tuple(scenario["versions"])
    for number, step in enumerate(steps, 1):
        if step.is_refusal and step.msg_type == "j":
            continue  # for systems that cannot build the reject that the main way has
        if step.is_refusal:
            name = f"{scenario['id']} refused at step {number}"
            paths.append(Way(name, [*main, step], versions))
        else:
            main.append(step)
    return [Way(scenario["id"], main, versions), *paths]


def _step(step, old):
    fields, fields42 = step.get("fields", {}), old.get("fields", {})
    if fields42 is fields or "ExecTransType" not in fields42:
        fields42 = _in_42(step.get("msg"), fields)
    return Step(
        sender=step.get("from"),
        msg_type=step.get("msg"),
        fields=fields,
        fields42=fields42,
        crosses=step.get("crosses", False),
        is_refusal=step.get("alt", False),
        event=step["note"] if step["msg"] == "event" else None,
    )


def _in_42(msg_type, fields):
    """Say it in FIX 4.2."""
    if msg_type != "8":
        return fields
    told = {"LastShares" if name == "LastQty" else name: value for name, value in fields.items()}
    kind = fields["ExecType"]
    told["ExecTransType"] = _TRANS_TYPES.get(kind, "0")
    if kind in (_TRADE, _CORRECT):
        told["ExecType"] = "2" if fields["CumQty"] >= fields["OrderQty"] else "1"
    elif kind == _BUST:
        told["ExecType"] = "1"
    elif kind == _STATUS:
        told["ExecType"] = fields["OrdStatus"]
    elif kind == "5" and fields["OrdStatus"] == "0":
        told["OrdStatus"] = "5"
    return told
