"""The translator that all versions share."""

from oms_fix.gateway.decoding import Decoder
from oms_fix.gateway.encoding import Encoder


class Translator(Decoder, Encoder):
    """Decodes and encodes for one application version; keeps no state."""

    def __init__(self) -> None:
        Decoder.__init__(self)
        Encoder.__init__(self)
