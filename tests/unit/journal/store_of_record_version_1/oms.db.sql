BEGIN TRANSACTION;
CREATE TABLE batches (
    id          integer primary key,
    version     integer not null,           -- of the records in it
    sessions    text    not null,           -- JSON: {name: [epoch, next_in, next_out]} that it set
    row_checks  blob    not null,           -- CRC-32 of each row, for finding the one that is wrong
    checksum    text    not null,           -- SHA-256 over the previous checksum and all rows
    released_at integer                     -- when its messages were handed to the sockets
                                            -- (written one batch later, and not sealed)
);
INSERT INTO "batches" VALUES(15,1,'{"CLIENT":[0,5,30],"A":[0,5,1]}',X'83472B6627A897B8467C89378B00D431','2d35ffddc97d00f5e38523a933256057ab13b5f15f139337f5b26b71ec9c4a92',1767000000015000001);
INSERT INTO "batches" VALUES(16,1,'{"CLIENT":[0,5,34],"A":[0,5,1]}',X'DC1B2D9A7E4E191505D4AB680B34D0EB4E58C309D21786F40782B53AD3525A9881F7A36E','614b327fa47c9184f4cb722cb3ccdec2d2d2b3616763b5268e79b79aa890add4',NULL);
CREATE TABLE carried (
    id   integer primary key,
    kind text not null check (kind in ('session', 'state', 'order')),
    name text not null,                     -- of the session, or OrderID(37)
    body text not null
);
INSERT INTO "carried" VALUES(1,'session','A','[0,4,1]');
INSERT INTO "carried" VALUES(2,'session','CLIENT','[0,5,29]');
INSERT INTO "carried" VALUES(3,'state','','{"id_prefix":"T80XXC","orders_count":3,"executions_count":5,"ended_before":["T80XXC-3","T80XXC-2"],"sessions_logged_on":["C","A","B"],"sessions_disabled":[],"templates_by_session":{},"not_accepting":null,"rules":{"version":"rules-1","checks":[],"routes":[{"strategy":"direct","id":"to-a","when":{},"venue":"A"}],"clients":[],"venues":[]},"reference_version":"reference-1","instruments":{"ACME":{"symbol":"ACME","asset_class":"equity","currency":"USD","price":"10","lot_size":"1"}},"accounts":{"FUND":{"id":"FUND"}},"reconciliations":{},"last_reconciliations":{},"mass_requests_count":0,"halts":{"ACME":{"type":"InstrumentHalted","symbol":"ACME","reason":"news pending","operator":"tester"}},"cl_ord_ids":[["CLIENT","Y","T80XXC-1"]],"child_cl_ord_ids":[["A","T80XXC-2.2","T80XXC-2.1"]]}');
INSERT INTO "carried" VALUES(4,'order','T80XXC-1','{"order_id":"T80XXC-1","session":"CLIENT","first_cl_ord_id":"J","cl_ord_id":"J","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND","exec_inst":"J"},"status":"0","children":[{"child_id":"T80XXC-1.1","order_id":"T80XXC-1","venue":"A","cl_ord_id":"T80XXC-1.1","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND","exec_inst":"J"},"status":"0","exec_ids":["V1"]}],"ids_given":1,"suspended":true}');
INSERT INTO "carried" VALUES(5,'order','T80XXC-2','{"order_id":"T80XXC-2","session":"CLIENT","first_cl_ord_id":"K","cl_ord_id":"K","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND","exec_inst":"K"},"status":"4","children":[{"child_id":"T80XXC-2.1","order_id":"T80XXC-2","venue":"A","cl_ord_id":"T80XXC-2.1","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND","exec_inst":"K"},"status":"4","called_back":true,"exec_ids":["V2","V3"]}],"ids_given":2,"withdrawn":{"type":"OrderWithdrawn","order_id":"T80XXC-2","text":"HALTED: trading in the instrument is halted Symbol=ACME because=news pending","exec_restatement_reason":6}}');
INSERT INTO "carried" VALUES(6,'order','T80XXC-3','{"order_id":"T80XXC-3","session":"CLIENT","first_cl_ord_id":"N","cl_ord_id":"N","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND"},"status":"8"}');
CREATE TABLE commands (
    id         integer primary key,
    batch_id   integer not null,
    at         integer not null,            -- when the core handled it
    kind       text    not null,
    message_id integer,                     -- the FIX message it came in; null for operators' commands
    body       text    not null
);
INSERT INTO "commands" VALUES(15,15,1767000000015000000,'VenueExecutionReport',36,'{"type":"VenueExecutionReport","session":"A","exec_id":"V4","exec_type":"4","ord_status":"0","cl_ord_id":"T80XXC-1.1"}');
INSERT INTO "commands" VALUES(16,16,1767000000016000000,'ResumeInstrument',NULL,'{"type":"ResumeInstrument","symbol":"ACME","operator":"tester"}');
CREATE TABLE events (
    id         integer primary key,
    batch_id   integer not null,
    command_id integer not null,
    kind       text    not null,
    order_id   text,                        -- the client order it is about, if it is about one
    body       text    not null
);
INSERT INTO "events" VALUES(29,15,15,'ChildReported','T80XXC-1','{"type":"ChildReported","order_id":"T80XXC-1","child_id":"T80XXC-1.1","venue":"A","exec_id":"V4","exec_type":"4","ord_status":"4","cl_ord_id":"T80XXC-1.1","cum_qty":"0","leaves_qty":"100"}');
INSERT INTO "events" VALUES(30,16,16,'InstrumentResumed',NULL,'{"type":"InstrumentResumed","symbol":"ACME","operator":"tester"}');
INSERT INTO "events" VALUES(31,16,16,'OrderReported','T80XXC-1','{"type":"OrderReported","order_id":"T80XXC-1","session":"CLIENT","report":{"order_id":"T80XXC-1","exec_id":"T80XXC-E6","cl_ord_id":"J","exec_type":"D","ord_status":"0","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND","exec_inst":"J"},"cum_qty":"0","leaves_qty":"100","avg_px":"0","exec_restatement_reason":4,"text":"trading in ACME goes on"}}');
INSERT INTO "events" VALUES(32,16,16,'OrderRouted','T80XXC-1','{"type":"OrderRouted","order_id":"T80XXC-1","rules_version":"rules-1","route_id":"to-a","strategy":"direct","reason":"rule to-a: for all","legs":[{"venue":"A","quantity":"100","reason":"the route''s venue"}]}');
INSERT INTO "events" VALUES(33,16,16,'ChildPlaced','T80XXC-1','{"type":"ChildPlaced","order_id":"T80XXC-1","child_id":"T80XXC-1.2","cl_ord_id":"T80XXC-1.2","venue":"A","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND","exec_inst":"J"}}');
CREATE TABLE messages (
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
INSERT INTO "messages" VALUES(36,15,1767000000015000000,'A',0,'in',4,'8',NULL,X'383D4649582E342E3401393D31350133353D380133343D340135383D410131303D31363101');
INSERT INTO "messages" VALUES(37,15,1767000000015000000,'CLIENT',0,'out',29,'8',29,X'383D4649582E342E3401393D32310133353D380133343D32390135383D434C49454E540131303D30383301');
INSERT INTO "messages" VALUES(38,16,1767000000016000000,'CLIENT',0,'out',30,'8',30,X'383D4649582E342E3401393D32310133353D380133343D33300135383D434C49454E540131303D30373501');
INSERT INTO "messages" VALUES(39,16,1767000000016000000,'CLIENT',0,'out',31,'8',31,X'383D4649582E342E3401393D32310133353D380133343D33310135383D434C49454E540131303D30373601');
INSERT INTO "messages" VALUES(40,16,1767000000016000000,'CLIENT',0,'out',32,'8',32,X'383D4649582E342E3401393D32310133353D380133343D33320135383D434C49454E540131303D30373701');
INSERT INTO "messages" VALUES(41,16,1767000000016000000,'CLIENT',0,'out',33,'8',33,X'383D4649582E342E3401393D32310133353D380133343D33330135383D434C49454E540131303D30373801');
CREATE TABLE meta (
    key   text primary key,
    value text not null
) without rowid;
INSERT INTO "meta" VALUES('last_of_batches','14');
INSERT INTO "meta" VALUES('last_of_commands','14');
INSERT INTO "meta" VALUES('last_of_events','28');
INSERT INTO "meta" VALUES('last_of_messages','35');
INSERT INTO "meta" VALUES('predecessor','oms-2026-11-23.db');
INSERT INTO "meta" VALUES('previous_checksum','3fd09f00da00c1d2949980133576c3ee748a41fabe1da136b1bd6c19847d0277');
INSERT INTO "meta" VALUES('schema_version','2');
CREATE TABLE sessions (
    name     text primary key,
    epoch    integer not null,
    next_in  integer not null,
    next_out integer not null
) without rowid;
INSERT INTO "sessions" VALUES('A',0,5,1);
INSERT INTO "sessions" VALUES('CLIENT',0,5,34);
CREATE INDEX messages_by_number on messages (session, direction, epoch, msg_seq_num);
CREATE INDEX messages_by_event on messages (event_id) where event_id is not null;
CREATE INDEX events_by_order on events (order_id) where order_id is not null;
COMMIT;
