"""``oms-fix instrument``: what operators tell the running daemon of an instrument."""

from pathlib import Path

import click

from oms_fix.cli.control_option import ask_daemon, control_options


@click.group()
def instrument() -> None:
    """Tell the running system of last prices.

    Every command is journaled with the operator's name and survives a restart. Trading is halted
    by ``oms-fix halt``.

    \b
    Example:
      oms-fix instrument price AAPL 190.25
    """


@instrument.command()
@click.argument("symbol")
@click.argument("last_price")
@control_options
def price(symbol: str, last_price: str, config: Path, as_json: bool) -> None:
    """Say at what price an instrument was last traded: it may trigger stop orders held here.

    Fills of the router's own orders count as last prices by themselves.

    \b
    Example:
      oms-fix instrument price AAPL 190.25
    """
    told = {"symbol": symbol, "price": last_price}
    ask_daemon(config, "instrument price", told, as_json=as_json)


@instrument.command()
@click.argument("symbol")
@click.argument("bid")
@click.argument("offer")
@control_options
def quote(symbol: str, bid: str, offer: str, config: Path, as_json: bool) -> None:
    """Say at what prices an instrument is bid and offered: price collars go by their mean.

    \b
    Example:
      oms-fix instrument quote AAPL 190.20 190.30
    """
    told = {"symbol": symbol, "bid": bid, "offer": offer}
    ask_daemon(config, "instrument quote", told, as_json=as_json)
