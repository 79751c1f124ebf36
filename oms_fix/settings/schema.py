"""JSON Schemas of the YAML files, for editors that complete and check while one types."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from oms_fix.core.conditions import FIELDS
from oms_fix.model import enums
from oms_fix.model.checks import Checks
from oms_fix.model.rules import Routing, VenuesYaml
from oms_fix.settings.configuration import AccountsYaml, MarketsYaml, OmsYaml
from oms_fix.settings.scalars import is_of_the_wire

SCHEMAS: dict[str, type[msgspec.Struct]] = {
    "oms": OmsYaml,
    "checks": Checks,
    "routing": Routing,
    "venues": VenuesYaml,
    "accounts": AccountsYaml,
    "markets": MarketsYaml,
}

_KEY = "ConditionKey"


def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of a file, by its name without ``.yaml``.

    Raises:
        KeyError: there is no such file.
    """
    generated = msgspec.json.schema(SCHEMAS[name])
    adapted: dict[str, Any] = _as_written(generated)
    if any("when" in part.get("properties", {}) for part in adapted["$defs"].values()):
        adapted["$defs"][_KEY] = {"enum": sorted(FIELDS)}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **adapted}


def schema_text(name: str) -> str:
    """Return the JSON Schema of a file as text, as it is shipped in ``spec/schema``."""
    return json.dumps(schema(name), indent=2, default=str) + "\n"


def _as_written(part: Any) -> Any:
    """Return a schema that allows what the loader does.

    The loader takes text as it is written, so that 007 needs no quotes; numbers, with ``_`` between
    digits if one likes, are Decimals, which msgspec sees as text; no Struct has unknown keys.
    """
    if isinstance(part, list):
        return [_as_written(item) for item in part]
    if not isinstance(part, dict):
        return part
    adapted = {key: _as_written(value) for key, value in part.items()}
    if adapted.get("format") == "decimal":
        del adapted["format"]
        adapted |= {"type": ["number", "string"], "pattern": r"^[+-]?[0-9_]+(\.[0-9_]+)?$"}
    elif adapted.get("type") == "string" and "enum" not in adapted:
        adapted["type"] = ["string", "number"]
    elif "enum" in adapted:
        adapted["enum"] = _choices(adapted)
    if "properties" in adapted:
        adapted["additionalProperties"] = False
        if "when" in adapted["properties"]:
            adapted["properties"]["when"]["propertyNames"] = {"$ref": f"#/$defs/{_KEY}"}
    return adapted


def _choices(part: dict[str, Any]) -> Sequence[str | int]:
    """Return what an enumeration may be written as: one of the wire by its names too."""
    values: list[str] = part["enum"]
    enum = getattr(enums, part.get("title", ""), None)
    if enum is None or not is_of_the_wire(enum):
        return values
    numbers = [int(value) for value in values if value.isdecimal()]
    return [*(member.name for member in enum), *values, *numbers]
