"""What spec/routing.md shows to copy is good."""

import re
import shutil
from pathlib import Path

from oms_fix.settings.configuration import Configuration, SessionNames, load

ROOT = Path(__file__).resolve().parents[2]


def test_its_venues_and_routes_are_a_good_configuration(tmp_path):
    """Venues and routes of the page load together, and nothing is said against them."""
    page = (ROOT / "spec" / "routing.md").read_text("utf-8")
    shown = re.findall(r"^    (?:venues|routes):\n(?:    .*\n|\n)*", page, re.MULTILINE)
    (text,) = shown
    venues, routes = text.split("    routes:\n")
    shutil.copytree(ROOT / "config", tmp_path / "config")
    shutil.copytree(ROOT / "sessions", tmp_path / "sessions")
    (tmp_path / "config" / "venues.yaml").write_text(venues)
    (tmp_path / "config" / "routing.yaml").write_text("    routes:\n" + routes)
    names = SessionNames(venues=frozenset({"XNAS", "XNYS", "POOL", "BRKR"}))
    loaded = load(tmp_path / "config" / "oms.yaml", names)
    assert isinstance(loaded, Configuration), loaded
    assert [len(loaded.rules.venues), len(loaded.rules.routes)] == [4, 7]
