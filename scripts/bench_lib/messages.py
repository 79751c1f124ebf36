"""FIX 4.4 as the load generator sends it: every message encoded before the clock starts."""

from datetime import UTC, datetime

BEGIN_STRING = "FIX.4.4"
SERVER = "ECHO"
CLIENT = "LOAD"
ORDER = b"\x0135=D\x01"
"""What every NewOrderSingle(D) holds once, and no other message does."""


def encoded(
    msg_type: str, msg_seq_num: int, body: str, sender: str = CLIENT, server: str = SERVER
) -> bytes:
    """Return one message to the server.

    Args:
        msg_type: MsgType(35).
        msg_seq_num: MsgSeqNum(34).
        body: ``tag=value`` pairs with ``|`` after each.
        sender: SenderCompID(49).
        server: TargetCompID(56).
    """
    header = f"35={msg_type}|49={sender}|56={server}|34={msg_seq_num}|52={timestamp()}|"
    content = (header + body).replace("|", "\x01").encode()
    message = b"8=%b\x019=%d\x01%b" % (BEGIN_STRING.encode(), len(content), content)
    return b"%b10=%03d\x01" % (message, sum(message) % 256)


def logon(sender: str = CLIENT, server: str = SERVER) -> bytes:
    """Return the Logon(A) that starts both numberings anew."""
    return encoded("A", 1, "98=0|108=60|141=Y|", sender, server)


def order(msg_seq_num: int, sender: str = CLIENT) -> bytes:
    """Return a limit order whose ClOrdID(11) is its MsgSeqNum(34)."""
    side, quantity, price = 1 + msg_seq_num % 2, 100 * (1 + msg_seq_num % 9), 100 + msg_seq_num % 50
    return encoded(
        "D",
        msg_seq_num,
        f"11=ORD{msg_seq_num:08d}|1=ACC-1|21=1|55=AAPL|54={side}|60={timestamp()}"
        f"|38={quantity}|40=2|44={price}.25|15=USD|59=0|",
        sender,
    )


def timestamp() -> str:
    """Return the time of now as UTCTimestamp with milliseconds."""
    return f"{datetime.now(UTC):%Y%m%d-%H:%M:%S.%f}"[:-3]
