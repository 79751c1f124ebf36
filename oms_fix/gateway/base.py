"""The translator that all versions share."""

from typing import ClassVar

from oms_fix.gateway.decoding import Decoder
from oms_fix.gateway.encoding import Encoder


class Translator(Decoder, Encoder):
    """Decodes and encodes for one application version; keeps no state.

    Attributes:
        application_version: Such as ``"FIX.4.4"``.
    """

    application_version: ClassVar[str]

    def __init__(self) -> None:
        Decoder.__init__(self)
        Encoder.__init__(self)
