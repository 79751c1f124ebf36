"""What FIX 5.0SP2 writes differently from FIX 4.4."""

from oms_fix.gateway.base import Translator
from oms_fix.gateway.decoding import EXEC_TYPES
from oms_fix.model.enums import ExecType

# Trade in a clearing hold, its release, triggered, locked, released: they tell where the order
# stands and change neither quantities nor what may be done with it.
_STATUS_ONLY = (b"J", b"K", b"L", b"M", b"N")


class Fix50SP2(Translator):
    """FIX 5.0SP2: more kinds of reports from venues; OrigClOrdID(41) may be absent."""

    application_version = "FIX.5.0SP2"
    exec_types = EXEC_TYPES | dict.fromkeys(_STATUS_ONLY, ExecType.ORDER_STATUS)
