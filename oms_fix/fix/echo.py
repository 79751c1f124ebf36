"""An application for the engine alone, as small as one can be: it sends back what it gets.

It shows how the library is used, and it is what conformance is judged by:

* NewOrderSingle(D) and SecurityDefinition(d) go back to their sender;
* but no PossResend(97)=Y order whose ClOrdID(11) has come before since the Logon;
* any other application message is answered with BusinessMessageReject(j), "unsupported message
  type", and before FIX 4.2, which has none, with Reject(3).
"""

from collections.abc import Iterable
from itertools import compress

from oms_fix.fix.engine import Engine
from oms_fix.fix.message import Layout, Message
from oms_fix.fix.session_messages import REJECT, appl_ver_id, reverse_route
from oms_fix.fix.session_port import SessionPort
from oms_fix.fix.settings import FIXT, SessionSettings
from oms_fix.fix.store import Store

_ORDER = "D"
_BUSINESS_REJECT = "j"
_ECHOED = frozenset((_ORDER, "d"))
_UNSUPPORTED_MESSAGE_TYPE = b"3"  # BusinessRejectReason(380)
_POSS_RESEND = 97
_ORDERS_REMEMBERED_MAX = 1_000_000


class Echo:
    """The application of an engine.

    Attributes:
        engine: runs the sessions; the caller starts and stops it.
    """

    def __init__(self, settings: Iterable[SessionSettings], store: Store) -> None:
        self.engine = Engine(settings, self, store)
        self._seen: dict[str, set[bytes]] = {}
        self._frames: dict[str, frozenset[int]] = {}  # header and trailer tags by session name
        self._bodies: dict[str, dict[Layout, _Body]] = {}  # as many as a session has layouts

    def received(self, session_name: str, message: Message) -> None:
        """Send an answer."""
        if message.msg_type in _ECHOED:
            if not self._is_repeated(session_name, message):
                self.engine.send(session_name, self._echoed(session_name, message))
        elif message.msg_type != REJECT:
            session = self.engine.link(session_name).session
            self.engine.send(session_name, _unsupported(message, session))

    def logged_on(self, session_name: str) -> None:
        """Begin to remember orders; gather what an answer leaves out, once for all of them."""
        self._seen[session_name] = set()
        dictionary = self.engine.link(session_name).session.dictionary
        frame = dictionary.header.all_fields | dictionary.trailer.all_fields
        self._frames[session_name] = frame - {_POSS_RESEND}
        self._bodies[session_name] = {}

    def logged_out(self, session_name: str, reason: str) -> None:
        """Do nothing: what is sent meanwhile waits."""

    def _is_repeated(self, session_name: str, message: Message) -> bool:
        """Remember an order; tell whether it may be one that has come before, and is."""
        cl_ord_id = message.get(11)
        if message.msg_type != _ORDER or cl_ord_id is None:
            return False
        seen = self._seen[session_name]
        if cl_ord_id in seen:
            return message.get(_POSS_RESEND) == b"Y"
        if len(seen) < _ORDERS_REMEMBERED_MAX:
            seen.add(cl_ord_id)
        return False

    def _echoed(self, session_name: str, message: Message) -> Message:
        """Return a message without the header of its sender, whose PossResend(97) alone stays."""
        layout = message.layout
        if layout is None:
            frame = self._frames[session_name]
            body = [field for field in message.fields if field[0] not in frame]
            return Message(message.msg_type, body)
        bodies = self._bodies[session_name]
        body_of = bodies.get(layout)
        if body_of is None:
            body_of = bodies[layout] = _Body(layout, self._frames[session_name])
        return body_of.message(message)


class _Body:
    """What of a layout is sent back, gathered once for all messages that have it."""

    def __init__(self, layout: Layout, frame: frozenset[int]) -> None:
        self._is_wanted = [tag not in frame for tag in layout.tags]
        self._layout = Layout(tuple(compress(layout.tags, self._is_wanted)))

    def message(self, received: Message) -> Message:
        body = tuple(compress(received.values, self._is_wanted))
        return Message(received.msg_type, None, b"", None, self._layout, body)


def _unsupported(message: Message, session: SessionPort) -> Message:
    """Return the answer to a message that this application knows nothing of."""
    answer = reverse_route(message, session.dictionary)
    answer.append((45, message.get(34) or b""))
    text = (58, b"Unsupported Message Type")
    if _BUSINESS_REJECT not in session.dictionary.messages:
        return Message(REJECT, [*answer, text])
    answer.append((372, message.msg_type.encode("latin-1")))
    answer += [(380, _UNSUPPORTED_MESSAGE_TYPE), text]
    if session.settings.begin_string == FIXT:
        # No field of this message in the specification, but in that of QuickFIX it is.
        answer.append((1137, appl_ver_id(session.settings)))
    return Message(_BUSINESS_REJECT, answer)
