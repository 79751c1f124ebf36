"""What FIX 5.0SP2 writes differently from FIX 4.4."""

from oms_fix.gateway.base import Translator


class Fix50SP2(Translator):
    """FIX 5.0SP2: all that we use of it is written as in FIX 4.4."""

    application_version = "FIX.5.0SP2"
