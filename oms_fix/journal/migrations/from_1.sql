-- From version 1 to 2: batches are sealed, commands and events say which batch stored them,
-- and a file may carry over what was in the one before.
drop index messages_by_number;
drop index messages_by_event;
drop index events_by_order;
alter table batches rename to batches_1;
alter table commands rename to commands_1;
alter table events rename to events_1;
create table batches (
    id          integer primary key,
    version     integer not null,           -- of the records in it
    sessions    text    not null,           -- JSON: {name: [epoch, next_in, next_out]} that it set
    row_checks  blob    not null,           -- CRC-32 of each row, for finding the one that is wrong
    checksum    text    not null,           -- SHA-256 over the previous checksum and all rows
    released_at integer                     -- when its messages were handed to the sockets
                                            -- (written one batch later, and not sealed)
);
create table carried (
    id   integer primary key,
    kind text not null check (kind in ('session', 'state', 'order')),
    name text not null,                     -- of the session, or OrderID(37)
    body text not null
);
create table commands (
    id         integer primary key,
    batch_id   integer not null,
    at         integer not null,            -- when the core handled it
    kind       text    not null,
    message_id integer,                     -- the FIX message it came in; null for operators' commands
    body       text    not null
);
create table events (
    id         integer primary key,
    batch_id   integer not null,
    command_id integer not null,
    kind       text    not null,
    order_id   text,                        -- the client order it is about, if it is about one
    body       text    not null
);
create index messages_by_number on messages (session, epoch, msg_seq_num) where direction = 'out';
create index messages_by_event on messages (event_id) where event_id is not null;
create index events_by_order on events (order_id) where order_id is not null;
-- A command is of the batch of the message it came in or of the first one it led to; one without
-- messages is taken to be of the batch of the command before it.
insert into commands
select id, coalesce(max(batch_id) over (order by id), 1), at, kind, message_id, body
from (
    select c.id, c.at, c.kind, c.message_id, c.body, coalesce(
        (select batch_id from messages where id = c.message_id),
        (select min(m.batch_id) from events_1 as e join messages as m on m.event_id = e.id
         where e.command_id = c.id)
    ) as batch_id
    from commands_1 as c
);
insert into events
select e.id, c.batch_id, e.command_id, e.kind, e.order_id, e.body
from events_1 as e join commands as c on c.id = e.command_id
order by e.id;
insert into batches
select id, 1, '{}', '', '', released_at from batches_1;
update batches
set sessions = (
    select json_group_object(name, json_array(epoch, next_in, next_out)) from sessions
)
where id = (select max(id) from batches);
drop table batches_1;
drop table commands_1;
drop table events_1
