"""Two sessions, and a wire that breaks, corrupts and dawdles: all arrives once, in order."""

from hypothesis import given
from hypothesis import strategies as st

from oms_fix.fix import ConnectionType, Message, SequenceNumbers, Session, SessionSettings
from oms_fix.fix.outputs import Deliver, Direction, Disconnect, Persist, Retrieve, Write

SECOND = 1_000_000_000
START = 1_767_614_400 * SECOND
TURNS_MAX = 400


class Side:
    """A session, its store and its application."""

    def __init__(self, role, me, other, *, says_what_it_expects):
        settings = SessionSettings(
            name=other,
            connection_type=role,
            begin_string="FIX.4.4",
            sender_comp_id=me,
            target_comp_id=other,
            heart_bt_int=5,
            send_next_expected_msg_seq_num=says_what_it_expects,
        )
        self.session = Session(settings, settings.load_dictionary(), SequenceNumbers())
        self.store = {}
        self.sent = []
        self.heard = []
        self.wire = b""  # on its way to the other side
        self.asked = []  # Retrieves not answered yet
        self.wants_to_close = False

    def perform(self, outputs):
        """Store, write to the wire, hear."""
        for output in outputs:
            match output:
                case Persist(Direction.OUT, number, _, data):
                    assert number not in self.store
                    self.store[number] = data
                case Write(data):
                    self.wire += data
                case Deliver(message, _):
                    self.heard.append(message.get(58))
                case Retrieve():
                    self.asked.append(output)
                case Disconnect():
                    self.wants_to_close = True

    def answer(self, now):
        """Answer all Retrieves."""
        asked, self.asked = self.asked, []
        for piece in asked:
            numbers = range(piece.begin, piece.end + 1)
            found = [(n, self.store[n]) for n in numbers if n in self.store]
            self.perform(self.session.retrieved(piece, found, now))


class World:
    """Both sides, the wire and the clock."""

    def __init__(self, client_says, venue_says):
        self.now = START
        self.client = Side(
            ConnectionType.INITIATOR, "CLIENT", "VENUE", says_what_it_expects=client_says
        )
        self.venue = Side(
            ConnectionType.ACCEPTOR, "VENUE", "CLIENT", says_what_it_expects=venue_says
        )
        self.sides = (self.client, self.venue)
        self.is_up = False

    def connect(self):
        """Open a connection, if there is none."""
        if not self.is_up:
            self.is_up = True
            self.venue.perform(self.venue.session.connected(self.now))
            self.client.perform(self.client.session.connected(self.now))

    def cut(self):
        """Lose the connection and what is on the wire."""
        if self.is_up:
            self.is_up = False
            for side in self.sides:
                side.wire, side.wants_to_close = b"", False
                side.perform(side.session.disconnected(self.now))

    def send(self, side):
        """Let an application send a message that nobody has sent before."""
        text = b"%d" % len(side.sent)
        side.sent.append(text)
        news = Message("B", [(148, b"news"), (33, b"1"), (58, text)])
        side.perform(side.session.send(news, self.now))

    def carry(self, side, size):
        """Bring some bytes of one side to the other."""
        other = self.venue if side is self.client else self.client
        data, side.wire = side.wire[:size], side.wire[size:]
        if data:
            other.perform(other.session.received(data, self.now))
        if any(each.wants_to_close for each in self.sides):
            self.cut()

    def corrupt(self, side):
        """Damage what is on the wire in one place."""
        if side.wire:
            place = len(side.wire) // 2
            damaged = bytes([side.wire[place] ^ 1])
            side.wire = side.wire[:place] + damaged + side.wire[place + 1 :]

    def wait(self, seconds):
        """Let time pass."""
        self.now += seconds * SECOND
        for side in self.sides:
            side.perform(side.session.tick(self.now))
        if any(each.wants_to_close for each in self.sides):
            self.cut()

    def settle(self):
        """Give both sides an undisturbed connection until nothing is missing any more."""
        for _ in range(TURNS_MAX):
            self.connect()
            for side in self.sides:
                side.answer(self.now)
                self.carry(side, 10_000_000)
            self.wait(1)
            if all(self.is_complete(side) for side in self.sides):
                return

    def is_complete(self, side):
        """Tell whether everything that a side has sent was heard."""
        other = self.venue if side is self.client else self.client
        return len(other.heard) >= len(side.sent)


SIDES = st.sampled_from(("client", "venue"))
STEPS = st.one_of(
    st.tuples(st.just("send"), SIDES),
    st.tuples(st.just("send"), SIDES),
    st.tuples(st.just("carry"), SIDES, st.sampled_from((10, 100, 1000, 100_000))),
    st.tuples(st.just("carry"), SIDES, st.sampled_from((100_000,))),
    st.tuples(st.just("answer"), SIDES),
    st.tuples(st.just("corrupt"), SIDES),
    st.tuples(st.just("wait"), st.integers(1, 7)),
    st.tuples(st.just("connect")),
    st.tuples(st.just("cut")),
)


def take(world, step):
    """Carry out one step of a history."""
    verb, *rest = step
    if rest and rest[0] in {"client", "venue"}:
        side = getattr(world, rest[0])
        if verb == "answer":
            side.answer(world.now)
        else:
            getattr(world, verb)(side, *rest[1:])
    else:
        getattr(world, verb)(*rest)


@given(st.lists(STEPS, max_size=60), st.booleans(), st.booleans())
def test_every_message_arrives_once_and_in_order(history, client_says, venue_says):
    """Whatever happened to connection and bytes, both applications have heard all in the end.

    Whether each side goes by resend requests or says with its Logon what it expects.
    """
    world = World(client_says, venue_says)
    for step in history:
        take(world, step)
    world.settle()
    assert world.venue.heard == world.client.sent
    assert world.client.heard == world.venue.sent
