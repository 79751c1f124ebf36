"""FIX 4.4: the version whose terms the model speaks."""

from oms_fix.gateway.base import Translator


class Fix44(Translator):
    """FIX 4.4 as it is."""

    application_version = "FIX.4.4"
