"""The same conversation with two engines: what is said, and what each of them answers."""

import time
from collections.abc import Callable

from differential_engines import Counterparty, Peer, connect, exchange
from fix_wire import (
    CLOSED,
    NO_TAG,
    Fields,
    essence,
    framed,
    raw_text,
    short_text,
    split,
    type_name,
)
from msgspec import Struct, structs
from random_conversations import FRESH, LATER, POSS_DUP, Act, Change
from session_ledger import Ledger

from oms_fix.fix.timestamps import format_timestamp

_MINUTE_NS = 60 * 10**9
_CLOCKS = {"stale": -5 * _MINUTE_NS, "early": 5 * _MINUTE_NS}
_SENT_AGAIN = frozenset("DF")
_GARBLED = frozenset(("checksum", "length"))


class Said(Struct, frozen=True):
    """One message as it was sent; ``is_garbled`` if it is to be ignored."""

    raw: bytes
    fields: Fields
    is_garbled: bool


class Exchange(Struct, frozen=True):
    """What was sent at once, one message or several, and what both engines answered.

    Attributes:
        who: the client.
        act: what it did.
        said: the messages.
        ours: what our engine answered, as ``essence`` gives it.
        theirs: the same of QuickFIX.
        state: of both engines before.
    """

    who: Counterparty
    act: Act
    said: tuple[Said, ...]
    ours: tuple
    theirs: tuple
    state: Ledger

    @property
    def sent(self) -> Fields:
        """The fields of the first message."""
        return self.said[0].fields


class Client:
    """Writes what one counterparty says; both engines get the same bytes."""

    def __init__(self, who: Counterparty, ledger: Ledger) -> None:
        self._who = who
        self._ledger = ledger
        self._next = 1
        self._history: dict[int, tuple[str, list]] = {}
        self._wanted: tuple[int, int] | None = None  # BeginSeqNo(7) of a request, what came after

    def write(self, act: Act) -> list[Said]:
        """Return the messages of an act, none where there is nothing to say."""
        if act.kind in {"fill", "fill all", "resend"}:
            return self._answer(act.kind)
        if act.kind in {"hang up", "reset"}:
            return self._logon(act)
        if act.kind == "skip":
            first, self._next = self._next, self._next + 2
            return self._say(Act("4", ((123, b"Y"), (36, b"%d" % self._next))), first)
        number = self._next + act.shift
        self._count(act, number)
        return self._say(act, number)

    def heard(self, messages) -> None:
        """Take note of what is missing, asked for or expected."""
        for message in messages:
            first = message.get({b"2": 7, b"A": 789}.get(message.get(35), 0), b"")
            if first.isdigit() and int(first) < self._next:
                self._wanted = (int(first), self._next)

    def _count(self, act: Act, number: int) -> None:
        if act.shift >= 0:
            self._next = number + 1
        new = dict(act.fields).get(36) if act.kind == "4" and not act.changes else None
        self._next = max(self._next, int(new or 0))

    def _logon(self, act: Act) -> list[Said]:
        given = dict(act.fields)
        fields: list = [(98, b"0"), (108, b"30"), *act.fields]
        if act.kind == "reset":
            fields.append((141, b"Y"))
        if self._who.version == "FIXT.1.1":
            fields.append((1137, b"9"))
        is_reset = dict(fields).get(141) == b"Y"
        if is_reset or (act.kind == "hang up" and not self._who.lasting):
            self._next, self._wanted, self._history = 1, None, {}
        if self._who.expects and 789 not in given:
            fields.append((789, b"1" if is_reset else 0))
        number = self._next + act.shift
        self._count(act, number)
        return self._say(structs.replace(act, kind="A", fields=tuple(fields)), number)

    def _answer(self, kind: str) -> list[Said]:
        if self._wanted is None:
            return []
        first, end = self._wanted
        self._wanted = None
        if kind != "fill":
            end = self._next
        if kind != "resend":
            return self._fill(first, end)
        said = []
        for number in range(first, end):
            if number in self._history:
                if first < number:
                    said += self._fill(first, number)
                msg_type, pairs = self._history[number]
                said.append(self._framed(msg_type, self._again(pairs)))
                first = number + 1
        return said + (self._fill(first, end) if first < end else [])

    def _fill(self, first: int, end: int) -> list[Said]:
        return self._say(Act("4", ((123, b"Y"), (36, b"%d" % end)), header=POSS_DUP), first)

    def _again(self, pairs):
        sent = dict(pairs)[b"52"]
        now = format_timestamp(time.time_ns(), 3)
        again = [(tag, now if tag == b"52" else value) for tag, value in pairs]
        again[4:4] = [(b"43", b"Y"), (b"122", sent)]
        return again

    def _say(self, act: Act, number: int) -> list[Said]:
        kinds = {change.kind for change in act.changes}
        now = time.time_ns()
        sent = now + sum(_CLOCKS.get(kind, 0) for kind in kinds)
        sender = b"STRANGER" if "sender" in kinds else self._who.comp_id.encode()
        target = b"STRANGER" if "target" in kinds else b"ENGINE"
        header = [(49, sender), (56, target), (34, b"%d" % number)]
        fields = [*header, (52, format_timestamp(sent, 3)), *act.header, *act.fields]
        pairs = [(b"%d" % tag, self._value(value, now)) for tag, value in fields]
        for change in act.changes:
            _change(pairs, change)
        if act.shift >= 0 and act.kind in _SENT_AGAIN and not (act.changes or act.header):
            self._history[number] = (act.kind, pairs)
        said = [self._framed(act.kind, pairs, kinds)]
        if "length" in kinds:
            # What an engine looks for behind the end is there, and no good either.
            beat = [*pairs[:3], (b"52", format_timestamp(now, 3))]
            said.append(self._framed("0", beat, {"checksum"}))
        return said

    def _value(self, value, now: int) -> bytes:
        if value is None:
            return format_timestamp(now, 3)
        if value == LATER:
            return format_timestamp(now + _MINUTE_NS, 3)
        if isinstance(value, int):
            return b"%d" % max(0, self._ledger.next_out + value)
        return value

    def _framed(self, msg_type: str, pairs, faults=frozenset()) -> Said:
        raw = framed(self._who.version.encode(), msg_type, pairs, faults)
        fields = split(raw)
        return Said(raw, fields, bool(_GARBLED & set(faults)) or NO_TAG in fields)


def _change(pairs, change: Change) -> None:
    at = change.at % len(pairs) if pairs else 0
    if change.kind == "insert":
        pairs.insert(at, (change.what, b"1"))
    elif not pairs:
        return
    elif change.kind == "drop":
        del pairs[at]
    elif change.kind == "double":
        pairs.insert(at, pairs[at])
    elif change.kind == "swap":
        other = (at + 1) % len(pairs)
        pairs[at], pairs[other] = pairs[other], pairs[at]
    elif change.kind == "value":
        pairs[at] = (pairs[at][0], change.what)
    elif change.kind == "tag":
        pairs[at] = (change.what, pairs[at][1])


class Conversation:
    """One conversation of both engines with a counterparty.

    Attributes:
        story: what was said and answered, for people.
    """

    def __init__(self, who: Counterparty, ours: Peer, theirs: Peer) -> None:
        self._who = who
        self._both = (ours, theirs)
        self.story: list[str] = []

    def hold(self, acts, judge: Callable[[Exchange], bool]) -> None:
        """Do one act after the other, after a first Logon(A).

        Args:
            acts: what the client does.
            judge: is shown each exchange, and tells whether the engines are still in the same
                state; if not, the client begins anew, with new numbers.
        """
        self._begin_anew()
        for act in (FRESH, *acts):
            if act.kind == "hang up" or not self._is_connected:
                self._open(act if act.kind == "hang up" else Act("hang up"), judge)
            if act.kind != "hang up" and self._is_connected:
                self._say(act, judge)

    def _open(self, act: Act, judge) -> None:
        connect(self._both)
        self._ledger.connected()
        self._is_connected = True
        self.story.append("--- new connection")
        self._say(FRESH if self._is_new else act, judge)

    def _say(self, act: Act, judge) -> None:
        said = self._client.write(act)
        if not said:
            return
        self._is_new = False
        if not judge(self._exchange(act, said)):
            self.story.append("--- the engines are in different states now: new numbers")
            self._begin_anew()

    def _begin_anew(self) -> None:
        """Take what still waits for a Logon(A), whatever it is."""
        connect(self._both)
        for said in self._client_of_new_numbers().write(FRESH):
            exchange(self._both, said.raw)
        self._client = self._client_of_new_numbers()
        self._is_new, self._is_connected = True, False

    def _client_of_new_numbers(self) -> Client:
        self._ledger = Ledger(lasting=self._who.lasting)
        return Client(self._who, self._ledger)

    def _exchange(self, act: Act, said: list[Said]) -> Exchange:
        sent = b"".join(each.raw for each in said)
        ours, theirs = exchange(self._both, sent)
        self._client.heard(ours)
        heard = Exchange(
            who=self._who,
            act=act,
            said=tuple(said),
            ours=tuple(map(essence, ours)),
            theirs=tuple(map(essence, theirs)),
            state=self._ledger.copy(),
        )
        self._ledger.heard([each.fields for each in said if not each.is_garbled], heard.ours)
        if CLOSED in heard.ours + heard.theirs:
            self._is_connected = False
        self._tell(heard, ours, theirs)
        return heard

    def _tell(self, heard: Exchange, ours, theirs) -> None:
        act = heard.act
        spoiled = "".join(f", {change.kind} {change.what or ''}" for change in act.changes)
        self.story.append(f"client: {type_name(act.kind)}{spoiled}")
        self.story += [f"    {raw_text(each.raw)}" for each in heard.said]
        if heard.ours == heard.theirs:
            self.story += [f"  both: {short_text(each)}" for each in ours] or ["  both: nothing"]
        else:
            self.story += [f"  ours:     {short_text(each)}" for each in ours] or ["  ours: -"]
            self.story += [f"  QuickFIX: {short_text(each)}" for each in theirs] or [
                "  QuickFIX: -"
            ]
