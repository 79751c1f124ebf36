-- The message store. Times are nanoseconds since 1970-01-01 UTC. Bodies are JSON, tagged with "type".
-- One commit writes one batch: nothing that a batch holds leaves the process before it is stored.

create table meta (
    key   text primary key,
    value text not null
) without rowid;

-- A batch of work, sealed together with the one before (oms_fix/journal/chain.py).
create table batches (
    id          integer primary key,
    version     integer not null,           -- of the records in it
    sessions    text    not null,           -- JSON: {name: [epoch, next_in, next_out]} that it set
    row_checks  blob    not null,           -- CRC-32 of each row, for finding the one that is wrong
    checksum    text    not null,           -- SHA-256 over the previous checksum and all rows
    released_at integer                     -- when its messages were handed to the sockets
                                            -- (written one batch later, and not sealed)
);

-- Both next MsgSeqNum(34) of every session; epoch counts sequence resets.
create table sessions (
    name     text primary key,
    epoch    integer not null,
    next_in  integer not null,
    next_out integer not null
) without rowid;

-- What the file of a trading day has from the one before; nothing in the first file.
create table carried (
    id   integer primary key,
    kind text not null check (kind in ('session', 'state', 'order')),
    name text not null,                     -- of the session, or OrderID(37)
    body text not null
);

-- Every FIX message: all that were taken in sequence, all that were sent.
create table messages (
    id          integer primary key,
    batch_id    integer not null,
    at          integer not null,           -- in: when read; out: when encoded
    session     text    not null,
    epoch       integer not null,
    direction   text    not null check (direction in ('in', 'out')),
    msg_seq_num integer not null,
    msg_type    text    not null,
    event_id    integer,                    -- out: the event it tells of; null for session messages
    raw         blob    not null
);
create index messages_by_number on messages (session, epoch, msg_seq_num) where direction = 'out';
create index messages_by_event on messages (event_id) where event_id is not null;

-- Every input of the core.
create table commands (
    id         integer primary key,
    batch_id   integer not null,
    at         integer not null,            -- when the core handled it
    kind       text    not null,
    message_id integer,                     -- the FIX message it came in; null for operators' commands
    body       text    not null
);

-- Every decision of the core.
create table events (
    id         integer primary key,
    batch_id   integer not null,
    command_id integer not null,
    kind       text    not null,
    order_id   text,                        -- the client order it is about, if it is about one
    body       text    not null
);
create index events_by_order on events (order_id) where order_id is not null;
