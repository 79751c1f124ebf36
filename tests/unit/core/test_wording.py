from oms_fix.core.wording import allowed


def test_the_likeliest_meaning_comes_first_then_all_choices():
    """A misspelt word is answered with the nearest choice and with all of them, sorted."""
    assert allowed("XNAZ", ["XNYS", "XNAS"]) == "did you mean XNAS? allowed: XNAS, XNYS"


def test_letters_that_changed_places_are_the_likeliest_mistake():
    """XNSA is XNAS, although XNYS has as many letters of it in the right order."""
    assert allowed("XNSA", ["XNAS", "XNYS"]).startswith("did you mean XNAS?")


def test_capitals_do_not_matter_for_the_meaning():
    """A word in the wrong case is recognised."""
    assert allowed("orderqty", ["OrderQty"]) == "did you mean OrderQty? allowed: OrderQty"


def test_nothing_is_suggested_for_a_word_that_is_like_nothing():
    """A far-fetched suggestion would mislead."""
    assert allowed("zebra", ["XNAS", "XNYS"]) == "allowed: XNAS, XNYS"


def test_many_choices_are_named_by_their_place():
    """Nobody wants to read hundreds of symbols."""
    symbols = [f"SYM{number}" for number in range(41)]
    assert allowed("?", symbols, "instruments.csv") == "allowed: the 41 in instruments.csv"


def test_no_choices():
    """Where nothing is there to choose from, the report says so."""
    assert allowed("A", [], "accounts.yaml") == "allowed: none are in accounts.yaml"
    assert allowed("A", []) == "allowed: none"


def test_choices_can_be_shown_otherwise():
    """What is listed may say more than the words that are compared."""
    text = allowed("BYU", ["BUY", "SELL"], show=["BUY (1)", "SELL (2)"])
    assert text == "did you mean BUY? allowed: BUY (1), SELL (2)"
