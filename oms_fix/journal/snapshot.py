"""Snapshots: the state at some batch, so that a start need not fold what came before.

``<store>.snapshot`` is SHA-256 of all that follows, in hex, a line feed, and a ``Snapshot`` as
MessagePack. It is no record but a saving of time: it is used only where it was folded by this very
core, and the store has the batch that it names with the checksum that it names; else the start
folds all events. It is replaced as a whole or not at all.
"""

import hashlib
import sqlite3
from functools import cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Raw, Struct

import oms_fix.core
import oms_fix.model
from oms_fix.core.apply import apply
from oms_fix.core.image import StateImage, image_of, state_of
from oms_fix.core.orders.order import Order
from oms_fix.core.orders.state import State
from oms_fix.journal.carry import carried_state, number_before
from oms_fix.journal.reading import one_moment
from oms_fix.journal.records import StoreError
from oms_fix.journal.replacing import replacing
from oms_fix.journal.rows import decode_event

_DIGEST_CHARACTERS = 64


class Snapshot(Struct, frozen=True):
    """A state, and the batch of a store after which it is the state.

    Attributes:
        core: what folded it, see ``core_version``.
        batch_id: the last batch in it.
        checksum: of that batch.
        event_id: the last event in it.
        image: of the state after that event.
        orders: of that state; in portions, each a list as MessagePack, so that only one of them
            needs room beside the orders that it becomes.
    """

    core: str
    batch_id: int
    checksum: str
    event_id: int
    image: StateImage
    orders: list[Raw]

    def state(self) -> State:
        """Return the state."""
        return state_of(self.image, chain.from_iterable(map(_decode_orders, self.orders)))


class Base(NamedTuple):
    """The state from which the events of a store are to be folded.

    ``event_id`` is the last event in it; ``why`` tells, where it is none, why there is no snapshot.
    """

    state: State
    event_id: int = 0
    why: str = ""


class NoSnapshotError(Exception):
    """There is no snapshot that can be used; the text says why."""


_PORTION_ORDERS = 1_000

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Snapshot).decode
_decode_orders = msgspec.msgpack.Decoder(list[Order]).decode


def snapshot_path(store: Path) -> Path:
    """Return where the snapshot of a store is."""
    return store.with_name(f"{store.name}.snapshot")


@cache
def core_version() -> str:
    """Return what tells this core from any other that may come to another state."""
    folders = (Path(package.__path__[0]) for package in (oms_fix.core, oms_fix.model))
    digest = hashlib.sha256(oms_fix.__version__.encode())
    for file in sorted(file for folder in folders for file in folder.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def read_snapshot(path: Path) -> Snapshot:
    """Return what a snapshot file holds.

    Raises:
        NoSnapshotError: it is not there, damaged, or of another core.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise NoSnapshotError(f"{path.name}: {error.strerror}") from error
    digest, body = content[:_DIGEST_CHARACTERS], content[_DIGEST_CHARACTERS + 1 :]
    if hashlib.sha256(body).hexdigest().encode() != digest:
        raise NoSnapshotError(f"{path.name} is damaged")
    try:
        snapshot = _decode(body)
    except msgspec.DecodeError as error:
        raise NoSnapshotError(f"{path.name} is of another version of oms-fix") from error
    if snapshot.core != core_version():
        raise NoSnapshotError(f"{path.name} is of another version of oms-fix")
    return snapshot


def usable_snapshot(path: Path, store: sqlite3.Connection) -> Snapshot:
    """Return the snapshot of a store.

    Args:
        path: the store's file.
        store: open.

    Raises:
        NoSnapshotError: there is none that can be used.
    """
    snapshot = read_snapshot(snapshot_path(path))
    query = "select checksum from batches where id = ?"
    if store.execute(query, (snapshot.batch_id,)).fetchone() != (snapshot.checksum,):
        raise NoSnapshotError(f"{snapshot_path(path).name} is of another store")
    return snapshot


def base_of(path: Path) -> Base:
    """Return the state from which the events of a store are to be folded.

    Raises:
        StoreError: the store cannot be read.
    """
    with one_moment(path) as store:
        return _base(path, store)


def _base(path: Path, store: sqlite3.Connection) -> Base:
    try:
        snapshot = usable_snapshot(path, store)
    except NoSnapshotError as reason:
        return Base(carried_state(store), number_before(store, "events"), str(reason))
    return Base(snapshot.state(), snapshot.event_id, "")


def take_snapshot(path: Path) -> Snapshot:
    """Fold a store up to its last batch, from the snapshot before if it can be used; write that.

    Args:
        path: the store's file; a daemon may be writing to it.

    Raises:
        StoreError: it cannot be read, or has nothing to fold.
        OSError: the snapshot cannot be written, or another one is just being.
    """
    with one_moment(path) as store:
        snapshot = _fold(path, store)
    write_snapshot(path, snapshot)
    return snapshot


def write_snapshot(path: Path, snapshot: Snapshot) -> None:
    """Put a snapshot in the place of the one that a store has.

    Args:
        path: the store's file.
        snapshot: of that store.

    Raises:
        OSError: it cannot be written, or another one is just being.
    """
    body = _encode(snapshot)
    with replacing(snapshot_path(path)) as file:
        file.write(hashlib.sha256(body).hexdigest().encode() + b"\n")
        file.write(body)


def _fold(path: Path, store: sqlite3.Connection) -> Snapshot:
    query = "select id, checksum from batches order by id desc limit 1"
    last = store.execute(query).fetchone()
    if last is None:
        raise StoreError("nothing is stored yet")
    batch_id, checksum = last
    state, event_id, _ = _base(path, store)
    events = store.execute("select id, body from events where id > ? order by id", (event_id,))
    for event_id, text in events:  # noqa: B007  # the last one counts
        apply(state, decode_event(text))
    return snapshot_of(state, batch_id, checksum, event_id)


def snapshot_of(state: State, batch_id: int, checksum: str, event_id: int) -> Snapshot:
    """Return the snapshot of a state; it shares the image with it, see ``core.image``."""
    orders = list(state.orders.values())
    starts = range(0, len(orders), _PORTION_ORDERS)
    portions = [Raw(_encode(orders[start : start + _PORTION_ORDERS])) for start in starts]
    return Snapshot(core_version(), batch_id, checksum, event_id, image_of(state), portions)
