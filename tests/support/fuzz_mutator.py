"""Thinks of what a hostile or broken counterparty might do next to a session."""

from functools import lru_cache
from pathlib import Path

from fuzz_player import SECOND

from oms_fix.fix.conversation import BEFORE_LOGON, State
from oms_fix.fix.settings import APPL_VER_IDS
from oms_fix.fix.timestamps import format_timestamp

SOH = b"\x01"
NUMBER_MAX = 10**12  # numbers beyond this end a conversation: nothing new can come of it
_SEEDS = Path(__file__).with_name("fuzz_seeds.txt")
_HEADER_SIZE = 5  # 35, 49, 56, 34, 52

_VALUES = (
    *(b"", b" ", b"  ", b"0", b"1", b"2", b"-1", b"-0", b"00", b"007", b"+1", b" 1", b"1_0", b"1 "),
    *(b"Y", b"N", b"y", b"A", b"D", b"NaN", b"Infinity", b"1e400", b"1E+999999", b".", b"-", b"-."),
    *(b"1..", b"0.0000000000000000000000001", b"1." + b"0" * 300, b"999999", b"2147483648"),
    *(b"4294967296", b"9" * 18, b"9" * 19, b"9" * 20, b"9" * 40, b"9" * 5_000, b"A" * 300),
    *(b"\x00", b"\t", b"\r\n", b"\xff\xfe", b"\xc3", "\u00b2".encode(), "\u0661".encode()),
    *(b"=", b"==", b"8=FIX.4.4", b"10=000", b"%s%d%n", b"1 2 3", b"OMSFIX", b"PEER", b"FIXT.1.1"),
    *(b"20260105-12:00:00", b"20260105-12:00:60.999", b"20260230-12:00:00", b"20260105-24:00:00"),
    *(b"00000000-00:00:00", b"99991231-23:59:59.999999999", b"2026-01-05T12:00:00Z", b"20260105"),
    *(b"202601w9", b"20260105-12:00:00.", b"20260105-12:00:00.1234567890123456789"),
)  # fmt: skip
_TAGS = (
    *(b"0", b"-1", b"", b" 34", b"34 ", b"034", b"+34", b"3_4", b"abc", b"4294967330", b"9" * 9),
    *(b"9" * 10, b"9" * 5_000, b"\xff", "\u0663".encode(), b"5000", b"9999", b"10000", b"20001"),
    *(b"8", b"9", b"10", b"34", b"35", b"36", b"43", b"49", b"52", b"56", b"89", b"90", b"91"),
    *(b"93", b"95", b"96", b"97", b"98", b"108", b"112", b"115", b"122", b"123", b"141", b"212"),
    *(b"213", b"354", b"355", b"369", b"554", b"627", b"628", b"789", b"1128", b"1137", b"1402"),
)  # fmt: skip
_REPEATS = (2,) * 20 + (3,) * 10 + (50,) * 5 + (2_000,)
_WORTH = {
    b"123": (b"Y", b"N"),
    b"141": (b"Y", b"N"),
    b"43": (b"Y", b"N"),
    b"98": (b"0", b"1"),
    b"108": (b"0", b"1", b"30", b"999999999"),
}
_PLAIN = {
    "INT": (b"1", b"2", b"0", b"-3"),
    "NUMINGROUP": (b"0", b"1", b"2", b"3"),
    "LENGTH": (b"0", b"1", b"4", b"17"),
    "SEQNUM": (b"1", b"2", b"7"),
    "BOOLEAN": (b"Y", b"N"),
    "CHAR": (b"1", b"A"),
    "UTCTIMESTAMP": (b"20260105-12:00:00",),
    "UTCTIMEONLY": (b"12:00:00",),
    "UTCDATE": (b"20260105",),
    "UTCDATEONLY": (b"20260105",),
    "LOCALMKTDATE": (b"20260105",),
    "MONTHYEAR": (b"202601", b"202601w2"),
    "DAYOFMONTH": (b"17",),
    "TIME": (b"20260105-12:00:00",),
    "CURRENCY": (b"USD",),
    "COUNTRY": (b"US",),
    "EXCHANGE": (b"XNYS",),
    "STRING": (b"text", b"a", b"\xe9"),
    "DATA": (b"data", b"a\x01b", b"8=FIX.4.4\x019=5\x01"),
}
_NUMERIC = (b"1", b"100.25", b"-3", b"0", b"0.00")


def framed(begin_string, content):
    """Return fields from MsgType(35) on, each with its SOH, with 8, 9 and 10 around them."""
    start = b"8=%b\x019=%d\x01" % (begin_string, len(content))
    return b"%b%b10=%03d\x01" % (start, content, (sum(start) + sum(content)) % 256)


def repaired(raw):
    """Return bytes with BodyLength(9) and CheckSum(10) made right, as far as they look like one."""
    parts = raw.split(SOH, 2)
    tail = raw.rfind(b"\x0110=")
    if len(parts) < 3 or not parts[0].startswith(b"8=") or tail < 0:
        return raw
    content = parts[2][: tail + 1 - len(parts[0]) - len(parts[1]) - 2]
    return framed(parts[0][2:], content)


@lru_cache
def seeds(version):
    """Return recorded messages for a version: those of its nearest relative."""
    kin = "FIX.5.0SP2" if version.startswith("FIX.5") else version
    kin = "FIX.4.2" if version in {"FIX.4.0", "FIX.4.1"} else kin
    kin = "FIX.4.4" if version == "FIX.4.3" else kin
    found, here = [], False
    for line in _SEEDS.read_text().splitlines():
        if line.startswith("["):
            here = line == f"[{kin}]"
        elif here:
            fields = (field.split("=", 1) for field in line.split("|"))
            found.append([(tag.encode(), value.encode()) for tag, value in fields])
    return found


class Mutator:
    """Chooses steps for a player, by the state of its session.

    Attributes:
        mutated: how many of the messages so far were not as they should be.
    """

    def __init__(self, rng, player):
        self._rng = rng
        self._player = player
        self._session = player.session
        self._settings = player.session.settings
        self._dictionary = player.session.dictionary
        self._begin_string = self._settings.begin_string.encode()
        self._msg_types = sorted(self._dictionary.messages)
        self._tags = sorted(self._dictionary.fields_by_tag)
        self._seeds = seeds(player.session.application_version)
        self._rest = b""  # of a message that was sent in part
        self.mutated = 0

    def step(self):
        """Return the next step."""
        rng = self._rng
        if not self._player.connected:
            return self._offline_step()
        if self._session.state is State.CLOSING or rng.random() < 0.002:
            self._rest = b""
            return (0, "disconnect")
        if self._player.asked and rng.random() < 0.4:
            spoiled = rng.choice(("", "", "", "", "missing", "garbled"))
            return (rng.randrange(SECOND), "answer", spoiled)
        chance = rng.random()
        if chance < (0.2 if self._session.state is State.LOGOUT_SENT else 0.03):
            return (rng.choice((0, 1, 10, 31, 40)) * SECOND // rng.choice((1, 5)), "tick")
        if chance < 0.05:
            return (0, "send", rng.choice((b"text", b"\xff", b"x" * 2_000)))
        if chance < 0.052:
            return (0, "log_out", rng.choice(("", "bye", "a\x01b")))
        if chance < 0.053:
            return (0, "reset")
        return (rng.randrange(20_000_000), "receive", self._bytes())

    def _offline_step(self):
        rng = self._rng
        chance = rng.random()
        if chance < 0.7:
            return (rng.randrange(SECOND), "connect")
        if chance < 0.85:
            return (0, "send", b"offline")
        if chance < 0.95:
            return (SECOND, "tick")
        if chance < 0.97:
            return (0, "reset")
        return (0, "set_numbers", rng.choice((0, 1, 5, 1_000)), rng.choice((0, 1, 5, 1_000)))

    # --- bytes

    def _bytes(self):
        """Return what comes next on the wire: the rest of a message, one or two, or a part."""
        rng = self._rng
        data = self._rest + self._message()
        self._rest = b""
        if rng.random() < 0.05:
            data += self._message()
        if rng.random() < 0.05:
            cut = rng.randrange(len(data) + 1)
            data, self._rest = data[:cut], data[cut:]
        return data

    def _message(self):
        rng = self._rng
        waits = self._session.state in BEFORE_LOGON
        fields = self._logon() if waits and rng.random() < 0.9 else self._fields()
        if rng.random() < (0.65 if waits else 0.2):
            return self._encoded(fields)
        self.mutated += 1
        how = rng.random()
        if how < 0.7:
            for _ in range(rng.choice((1, 1, 1, 2, 3))):
                self._mutate_fields(fields)
        raw = self._encoded(fields)
        if how >= 0.6:
            for _ in range(rng.choice((1, 1, 2, 5))):
                raw = self._mutate_bytes(raw)
            if rng.random() < 0.9:
                raw = repaired(raw)
        return raw

    def _encoded(self, fields):
        content = b"".join(b"%b=%b\x01" % field for field in fields)
        begin_string = self._begin_string
        if self._rng.random() < 0.003:
            begin_string = self._rng.choice((b"FIX.4.4", b"FIXT.1.1", b"FIX.9.9", b"FIX", b""))
        return framed(begin_string, content)

    def _mutate_bytes(self, raw):
        rng = self._rng
        if not raw:
            return raw
        at = rng.randrange(len(raw))
        end = min(len(raw), at + rng.choice((1, 1, 2, 5, 20, 100)))
        match rng.randrange(7):
            case 0:
                new = bytes([raw[at] ^ (1 << rng.randrange(8))])
                return raw[:at] + new + raw[at + 1 :]
            case 1:
                return raw[:at] + raw[end:]
            case 2:
                return raw[:at] + raw[at:end] * rng.choice(_REPEATS) + raw[end:]
            case 3:
                return raw[:at] + rng.choice((SOH, b"=", b"\x01=", b"0", b"\xff")) + raw[at:]
            case 4:
                return raw[:at] + rng.choice(_VALUES) + raw[end:]
            case 5:
                return raw[:at]
            case _:
                return raw[:at] + rng.randbytes(end - at) + raw[end:]

    # --- fields

    def _fields(self):
        """Return the fields of a good message, or at least one that the numbers make a bad one."""
        rng = self._rng
        chance = rng.random()
        if chance < 0.35:
            msg_type, *body = rng.choice(self._seeds)
            return self._with_header(msg_type[1], body)
        if chance < 0.6:
            spec = self._dictionary.messages[rng.choice(self._msg_types)]
            return self._with_header(spec.msg_type.encode(), self._made(spec))
        return self._administrative()

    def _with_header(self, msg_type, body, number=None):
        rng, player = self._rng, self._player
        if number is None:
            number = self._number()
        header = [(b"35", msg_type), (b"49", b"PEER"), (b"56", b"OMSFIX"), (b"34", number)]
        sent = format_timestamp(player.now, self._settings.precision)
        low = number.isdigit() and len(number) < 18 and int(number) < self._session.next_in
        if rng.random() < (0.95 if low else 0.03):
            header.append((b"43", b"Y"))
            header.append((b"52", sent))
            if rng.random() < 0.9:
                header.append((b"122", sent))
        else:
            header.append((b"52", sent))
        return header + list(body)

    def _number(self):
        rng, expected = self._rng, self._session.next_in
        chance = rng.random()
        if chance < 0.85:
            return b"%d" % expected
        if chance < 0.93:
            return b"%d" % (expected + rng.choice((1, 1, 2, 3, 10, 1_000)))
        if chance < 0.995:
            return b"%d" % max(1, expected - rng.choice((1, 1, 2, 10)))
        return rng.choice(_VALUES).replace(SOH, b"")

    def _logon(self):
        fields = [(b"98", b"0"), (b"108", self._rng.choice((b"30", b"30", b"1", b"0")))]
        if self._rng.random() < 0.15:
            fields.append((b"141", b"Y"))
        if self._rng.random() < 0.1:
            fields.append((b"789", self._some_number()))
        if self._begin_string == b"FIXT.1.1":
            version = self._settings.default_appl_ver_id
            fields.append((b"1137", APPL_VER_IDS[version].encode()))
        number = b"1" if (b"141", b"Y") in fields else None
        return self._with_header(b"A", fields, number)

    def _some_number(self):
        rng, session = self._rng, self._session
        near = rng.choice((session.next_in, session.next_out)) + rng.randrange(-3, 4)
        return b"%d" % rng.choice((near, near, near, 0, 1, 2, 999_999, 10**9))

    def _administrative(self):
        rng = self._rng
        match rng.randrange(8):
            case 0:
                return self._with_header(b"0", [])
            case 1:
                return self._with_header(b"1", [(b"112", b"HELLO")])
            case 2 | 3:
                body = [(b"7", self._some_number()), (b"16", self._some_number())]
                return self._with_header(b"2", body)
            case 4:
                return self._with_header(b"3", [(b"45", self._some_number())])
            case 5:
                target = b"%d" % (self._session.next_in + rng.choice((0, 1, 2, 5, 50)))
                new = rng.choice((target, target, target, self._some_number()))
                return self._with_header(b"4", [(b"123", b"Y"), (b"36", new)])
            case 6:
                new = b"%d" % (self._session.next_in + rng.choice((0, 1, 2, 5)))
                new = new if rng.random() < 0.97 else self._some_number()
                return self._with_header(b"4", [(b"123", b"N"), (b"36", new)][rng.randrange(2) :])
            case _:
                if rng.random() < 0.7:
                    return self._with_header(b"0", [(b"112", b"x")])
                return (
                    self._with_header(b"5", [(b"58", b"bye")])
                    if rng.random() < 0.3
                    else self._logon()
                )

    def _made(self, part):
        """Return a body for a message of the dictionary: what it needs and some of the rest."""
        header = self._dictionary.header.fields | {8, 9, 10, 35}
        some = self._rng.sample(sorted(part.fields), min(len(part.fields), 4))
        body = []
        for tag in sorted(part.required - header) + [t for t in some if t not in part.required]:
            if tag in header:
                continue
            group = part.groups.get(tag)
            if group is not None:
                body += self._made_group(tag, group)
            else:
                body += self._made_field(tag)
        return body

    def _made_group(self, tag, group):
        count = self._rng.choice((0, 1, 1, 2))
        fields = [(b"%d" % tag, b"%d" % count)]
        for _ in range(count):
            fields += self._made_field(group.first_tag)
            for member in sorted(group.required - {group.first_tag}):
                nested = group.groups.get(member)
                fields += self._made_group(member, nested) if nested else self._made_field(member)
        return fields

    def _made_field(self, tag):
        spec = self._dictionary.fields_by_tag[tag]
        if spec.values:
            value = self._rng.choice(sorted(spec.values)).encode()
        else:
            value = self._rng.choice(_PLAIN.get(spec.type, _NUMERIC))
        data_tag = self._dictionary.data_tags.get(tag)
        if data_tag is None:
            return [(b"%d" % tag, value)]
        data = self._rng.choice(_PLAIN["DATA"])
        length = len(data) if self._rng.random() < 0.9 else len(data) + self._rng.choice((-1, 1, 9))
        return [(b"%d" % tag, b"%d" % length), (b"%d" % data_tag, data)]

    def _mutate_fields(self, fields):
        rng = self._rng
        if not fields:
            return
        # Most faults of the header end the conversation: more of them in the body show more.
        spared = _HEADER_SIZE if len(fields) > _HEADER_SIZE and rng.random() < 0.85 else 0
        at = rng.randrange(spared, len(fields))
        tag, value = fields[at]
        match rng.randrange(8):
            case 0:
                del fields[at]
            case 1:
                fields.insert(rng.randrange(spared, len(fields) + 1), fields[at])
            case 2:
                other = rng.randrange(spared, len(fields))
                fields[at], fields[other] = fields[other], fields[at]
            case 3:
                fields[at] = (self._some_tag(), value)
            case 4 | 5:
                fields[at] = (tag, rng.choice(_WORTH.get(tag, _VALUES)))
            case 6:
                fields.insert(at, (self._some_tag(), rng.choice(_VALUES)))
            case _:
                fields[at:] = rng.choice(self._seeds)[1:]

    def _some_tag(self):
        if self._rng.random() < 0.3:
            return self._rng.choice(_TAGS)
        return b"%d" % self._rng.choice(self._tags)
