"""Order state scenarios played through a router that passes everything on.

The router is 'broker' to its client: what the broker decides, the venue here says. What the router
answers by itself (a duplicate, an unknown order) the venue never hears of, and the player finds the
answer at the client before the venue has spoken.
"""

import shutil
import time
from decimal import Decimal
from itertools import count
from pathlib import Path

from live_router import Client, Router, Venue
from order_scenarios import IDS, TAGS, is_of_many

from oms_fix.fix.timestamps import format_timestamp
from oms_fix.simulator.rebalance import free_ports

SAMPLE = Path(__file__).parents[2] / "config" / "samples" / "passthrough"
VERSIONS = {
    "4.2": ("FIX.4.2", None),
    "4.4": ("FIX.4.4", None),
    "5.0SP2": ("FIXT.1.1", "FIX.5.0SP2"),
}
_PX = 250
_NUMBERS = {"OrderQty", "CumQty", "LeavesQty", "LastQty", "LastShares", "LastPx", "AvgPx"}
_NUMBERS |= {"DayOrderQty", "DayCumQty", "DayAvgPx"}
_FILLS = ("F", "G")
_CANCELED, _TRIGGERED, _RESTATED = "4", "L", "D"
# The codes of each reason, and what stands for those that came later.
_REASONS = {
    "4.2": {
        "OrdRejReason": (range(9), "0"),
        "CxlRejReason": (range(4), "2"),
        "ExecRestatementReason": (range(6), "4"),
    },
    "4.4": {"ExecRestatementReason": ((*range(11), 99), "99")},
    "5.0SP2": {},
}


class PassThrough(Router):
    """A router on the sample configuration, for a pair of versions."""

    def __init__(self, folder, client_version, venue_version):
        shutil.copytree(SAMPLE, folder, dirs_exist_ok=True)
        oms_yaml = folder / "oms.yaml"  # nobody cuts the power here
        oms_yaml.write_text(oms_yaml.read_text().replace("durability: full", "durability: normal"))
        self.folder = folder
        self.config = folder / "oms.yaml"
        self.store = folder / "var" / "oms.db"
        self.log = folder / "router.log"
        self.client_port, self.venue_port = free_ports(2)
        self.environment = None
        self.process = None
        _adapt(folder / "sessions" / "clients.cfg", 9890, self.client_port, client_version)
        _adapt(folder / "sessions" / "venues.cfg", 9891, self.venue_port, venue_version)


def _adapt(path, port, free_port, version):
    begin_string, appl_ver_id = VERSIONS[version]
    lines = f"BeginString={begin_string}"
    if appl_ver_id:
        lines += f"\nDefaultApplVerID={appl_ver_id}"
    text = path.read_text().replace(str(port), str(free_port))
    path.write_text(text.replace("\nBeginString=FIX.4.4", f"\n{lines}"))


class Player:
    """Plays paths, one after the other, on one running router."""

    def __init__(self, folder, client_version, venue_version):
        self.router = PassThrough(folder, client_version, venue_version)
        self.client = Client(self.router, version=VERSIONS[client_version])
        self.venue = Venue(self.router, version=VERSIONS[venue_version])
        self._client_version, self._venue_version = client_version, venue_version
        self._client_is_42, self._venue_is_42 = client_version == "4.2", venue_version == "4.2"
        self._plays = count(1)
        self._executions = count(1)

    def start(self):
        """Start the router and log both parties on."""
        self.router.start()
        self.venue.log_on()
        self.client.log_on()

    def stop(self):
        """End all of it."""
        self.client.drop()
        self.venue.close()
        self.router.stop()

    def play(self, path):
        """Play one path; every report to the client must be as the path has it, and no other."""
        self._settle()
        self.client.inbox.clear()
        self.venue.inbox.clear()
        self._play = next(self._plays)
        self._at_venue = {}  # the client's ClOrdIDs to those that the venue was sent
        self._unforwarded = []
        self._origs = {}
        self._venue_exec_ids, self._client_exec_ids = {}, {}
        self._order_id = f"V{self._play}"
        # What is asked of many orders is asked of those to sell, to leave other plays' alone.
        self._side = 2 if is_of_many(path) else 1
        self._mass_cancel = None  # under which id the router cancels for it
        if path.steps[0].sender == "broker" and "ClOrdID" in path.steps[0].fields:
            self._bring_about(path.steps[0].fields)
        for step in path.steps:
            self._take(step)
        self._settle()
        assert self.client.inbox == [], [each.fields for each in self.client.inbox]

    def _take(self, step):
        if step.event is not None:
            self._happens(step.event)
        elif step.sender == "client":
            self._send(step)
        else:
            self._answer(step)

    def _happens(self, event):
        if event == "transport lost":
            self._settle()
            self.client.drop()
        # All other events take place between people.

    def _bring_about(self, fields):
        """Have an order filled up to what the first report presupposes."""
        before = fields["CumQty"] - fields["LastQty"]
        total = fields["CumQty"] + fields["LeavesQty"]
        cl_ord_id = fields["ClOrdID"]
        self._order(cl_ord_id, total, {})
        self._settle()
        for kind, done in (("0", 0), ("F", before)):
            status = "1" if done else "0"
            told = {"ClOrdID": cl_ord_id, "ExecType": kind, "OrdStatus": status, "LastQty": done}
            told |= {"OrderQty": total, "CumQty": done, "LeavesQty": total - done}
            self._report(told)
            self._hear("8", {"CumQty": done})

    # --- the client ---------------------------------------------------------------------------

    def _send(self, step):
        fields = dict(step.fields)
        match step.msg_type:
            case "D" | "G":
                self._order(
                    fields.pop("ClOrdID"), fields.pop("OrderQty", None), fields, step.msg_type
                )
            case "Q":
                self._doubt(fields)
            case msg_type:
                self._request(msg_type, fields)

    def _order(self, cl_ord_id, order_qty, fields, msg_type="D"):
        orig = fields.pop("OrigClOrdID", None)
        self._origs[cl_ord_id] = self._named(orig)
        chain = [(41, self._named(orig))] if orig else self._by_order_id(fields)
        self._expect_at_venue(cl_ord_id)
        ord_type = fields.pop("OrdType", 2)
        price = fields.pop("Price", _PX)
        quantity = [] if order_qty is None else [(38, order_qty)]
        priced = [(44, price)] if str(ord_type) == "2" else []
        more = [(TAGS[name], value) for name, value in fields.items()]
        self.client.send(
            msg_type, *chain, (11, self._named(cl_ord_id)), (21, 1), *more, (55, "IBM"),
            (54, self._side), (60, _now()), *quantity, (40, ord_type), *priced,
        )  # fmt: skip

    def _request(self, msg_type, fields):
        if msg_type == "F":
            self._origs[fields["ClOrdID"]] = self._named(fields.get("OrigClOrdID"))
            self._expect_at_venue(fields["ClOrdID"])
        ids = [(TAGS[name], self._named(fields.pop(name))) for name in IDS if name in fields]
        ids += self._by_order_id(fields)
        more = [(TAGS[name], value) for name, value in fields.items()]
        instrument = [] if msg_type in ("q", "AF", "CA") else [(55, "IBM")]
        instrument.append((54, self._side))
        when = [] if msg_type in ("H", "AF") else [(60, _now())]
        self.client.send(msg_type, *ids, *more, *instrument, *when)

    def _by_order_id(self, fields):
        """Name the order by the OrderID(37) that the client has heard, where the step does."""
        return [(37, self._last_order_id)] if fields.pop("OrderID", None) else []

    def _doubt(self, fields):
        """Send DontKnowTrade(Q) about a report the client has got."""
        exec_id = self._client_exec_ids[fields.pop("ExecID")]
        fields.pop("OrderID")
        more = [(TAGS[name], value) for name, value in fields.items()]
        ids = [(37, self._last_order_id), (17, exec_id)]
        self.client.send("Q", *ids, *more, (55, "IBM"), (54, self._side))

    def _named(self, cl_ord_id):
        return f"{cl_ord_id}-{self._play}"

    def _expect_at_venue(self, cl_ord_id):
        self._unforwarded.append(cl_ord_id)

    # --- the broker ---------------------------------------------------------------------------

    def _answer(self, step):
        """Have the venue say it, unless the router has, and hear it at the client."""
        if not step.crosses:
            self._settle()
            self._read_requests()
            self._unforwarded.clear()  # the router has answered them
        said_by = (self._client_version,)
        if not self.client.inbox:
            self._say(step)
            said_by = (self._venue_version, self._client_version)
        if not self.client.session.logged_on:
            self._settle()
            self.client.log_on()
        fields = dict(step.fields42 if self._client_is_42 else step.fields)
        for version in said_by:
            fields = {name: _said_in(version, name, value) for name, value in fields.items()}
        self._hear(step.msg_type, fields)

    def _read_requests(self):
        """Learn under which ids the client's requests have reached the venue."""
        while self.venue.inbox:
            message = self.venue.inbox.pop(0)
            if message.msg_type == "F" and not self._unforwarded:
                self._mass_cancel = message.text(11)
            elif message.msg_type in ("D", "F", "G"):
                self._at_venue[self._unforwarded.pop(0)] = message.text(11)

    def _say(self, step):
        if not self._at_venue:
            self._settle()
            self._read_requests()
        if step.msg_type == "9":
            fields = step.fields
            ids = [(11, self._at_venue.get(fields["ClOrdID"], self._mass_cancel))]
            ids.append((41, self._at_venue[fields["OrigClOrdID"]]))
            more = [(TAGS[n], v) for n, v in fields.items() if n not in IDS]
            self.venue.send("9", (37, self._order_id), *ids, *more)
        else:
            self._report(step.fields42 if self._venue_is_42 else step.fields, step.fields)

    def _report(self, fields, plain=None):
        if not self._at_venue and "ClOrdID" in fields:
            self._settle()
            self._read_requests()
        plain = plain or fields
        told = dict(fields)
        if self._venue_is_42 and "ExecTransType" not in told:
            told["ExecTransType"] = "0"
        exec_id = f"E{next(self._executions)}"
        self._venue_exec_ids[told.pop("ExecID", exec_id)] = exec_id
        ids = [(TAGS[name], self._at_venue[told.pop(name)]) for name in IDS if name in told]
        if self._mass_cancel is not None and plain["ExecType"] == _CANCELED:
            ids = [(11, self._mass_cancel), (41, ids[0][1])]
        if "ExecRefID" in told:
            ids.append((19, self._venue_exec_ids[told.pop("ExecRefID")]))
        told.setdefault("AvgPx", _PX if plain["CumQty"] else 0)
        if plain["ExecType"] in _FILLS:
            told.setdefault("LastPx", _PX)
        version = self._venue_version
        if plain["ExecType"] == _TRIGGERED:
            told["ExecRestatementReason"] = 99  # where it has to be told as Restated
        told = {name: _said_in(version, name, value) for name, value in told.items()}
        more = [(TAGS[name], value) for name, value in told.items()]
        order = [(55, "IBM"), (54, self._side), (60, _now())]
        self.venue.send("8", (37, self._order_id), (17, exec_id), *ids, *more, *order)

    def _hear(self, msg_type, expected):
        """Take the client's next message, which must be this one."""
        self.client.until(lambda: self.client.inbox, f"{msg_type} {expected}")
        message = self.client.inbox.pop(0)
        wanted = {name: value for name, value in expected.items() if name != "Text"}
        exec_id = wanted.pop("ExecID", None)
        if exec_id == 0:
            wanted["ExecID"] = 0
        elif exec_id is not None:
            self._client_exec_ids[exec_id] = message.text(17)
        self._last_order_id = message.text(37)
        wanted = {name: self._as_heard(name, value) for name, value in wanted.items()}
        if msg_type == "9" and self._client_is_42:
            # The two ids of the request; the rule of the last accepted one came with FIX 4.3.
            wanted["OrigClOrdID"] = self._origs[expected["ClOrdID"]]
        if msg_type == "8" and "OrigClOrdID" not in wanted:
            wanted["OrigClOrdID"] = None
        found = {name: _read(message, name) for name in wanted}
        assert (message.msg_type, found) == (msg_type, wanted), _told(message)

    def _as_heard(self, name, value):
        if name in IDS:
            return self._named(value)
        if name == "ExecRefID":
            return self._client_exec_ids[value]
        return Decimal(str(value)) if name in _NUMBERS else str(value)

    def _settle(self):
        """Wait until the router has done all that the client and then the venue asked of it."""
        for peer in (self.client, self.venue, self.client):
            if peer._socket is not None:
                peer.send("1", (112, "SETTLE"))
                peer.read_up_to("0")


def _said_in(version, name, value):
    """Return what a version has for a reason that came later, and for Triggered."""
    if name == "ExecType" and value == _TRIGGERED and version != "5.0SP2":
        return _RESTATED
    known, instead = _REASONS[version].get(name, (None, None))
    return value if known is None or int(value) in known else instead


def _read(message, name):
    value = message.text(TAGS[name])
    if value is None:
        # LastQty 0 says what its absence says.
        return Decimal(0) if name in ("LastQty", "LastShares", "LastPx") else None
    return Decimal(value) if name in _NUMBERS else value


def _told(message):
    names = {tag: name for name, tag in TAGS.items()}
    return {names.get(tag, tag): value for tag, value in message.fields}


def _now():
    return format_timestamp(time.time_ns()).decode()
