"""QuickFIX as an echo, in a process of its own; why so, ``quickfix_peer`` tells.

A program, never imported: it runs the acceptor sessions of a settings file with the application
that ``oms_fix.fix.echo`` is, writes a line when it listens, and ends when its input ends.
"""

import os
import sys
import traceback

import quickfix as fix

SOH = "\x01"
_ECHOED = ("D", "d")
_REJECT = "3"
_KEPT = (8, 35, 97)  # of the header


class _Echo(fix.Application):
    """Sends back what it gets; the methods' names are the binding's."""

    def __init__(self):
        super().__init__()
        self._seen = set()

    def onLogout(self, session_id):  # noqa: N802 - onLogon is called for a reset as well
        name = session_id.toString()
        self._seen = {key for key in self._seen if key[0] != name}

    def fromApp(self, message, session_id):  # noqa: N802
        try:
            is_known = self._answer(message, session_id)
        except BaseException:  # noqa: BLE001 - whatever escapes stops the engine's thread
            os.write(2, traceback.format_exc().encode())
            return
        if not is_known:
            raise fix.UnsupportedMessageType

    def _answer(self, message, session_id):
        """Send an answer; tell whether the type of the message is known."""
        pairs = [field.partition("=")[::2] for field in message.toString().split(SOH)[:-1]]
        fields = dict(reversed(pairs))
        if fields["35"] not in _ECHOED:
            return fields["35"] == _REJECT
        if not self._is_repeated(session_id.toString(), fields):
            echo = fix.Message(message)
            header = echo.getHeader()
            for tag in {int(tag) for tag, _ in pairs}:
                if tag not in _KEPT and header.isSetField(tag):
                    header.removeField(tag)
            fix.Session.sendToTarget(echo, session_id)
        return True

    def _is_repeated(self, name, fields):
        key = (name, fields.get("11"))
        if fields["35"] != "D" or key[1] is None:
            return False
        if key in self._seen:
            return fields.get("97") == "Y"
        self._seen.add(key)
        return False

    def onCreate(self, session_id):  # noqa: N802
        pass

    def onLogon(self, session_id):  # noqa: N802
        pass

    def toAdmin(self, message, session_id):  # noqa: N802
        pass

    def fromAdmin(self, message, session_id):  # noqa: N802
        pass

    def toApp(self, message, session_id):  # noqa: N802
        pass


def _run(settings_path):
    # All of these must live as long as the engine.
    settings = fix.SessionSettings(settings_path)
    application, store = _Echo(), fix.MemoryStoreFactory()
    engine = fix.SocketAcceptor(application, store, settings)
    engine.start()
    try:
        os.write(1, b"listening\n")
        sys.stdin.read()
    finally:
        engine.stop()


if __name__ == "__main__":
    _run(sys.argv[1])
