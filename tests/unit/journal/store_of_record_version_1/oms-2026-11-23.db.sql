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
INSERT INTO "batches" VALUES(1,1,'{"CLIENT":[0,1,3]}',X'95D6F4C3E3B96DA3D6D14FF121D0DFB72562C8BD','5f9de5c272e5e423cbb836b06f173caa90518e578121e98fe482f72dd2df2a60',1767000000001000001);
INSERT INTO "batches" VALUES(2,1,'{"CLIENT":[0,1,4]}',X'CF51CE6CBD0662B083CAD62F','8d9e7ed7fdf4aab0dc844757c39135a5e6c222756eb8740fe802d0f4462aef43',1767000000002000001);
INSERT INTO "batches" VALUES(3,1,'{"CLIENT":[0,1,5]}',X'00F5532963052DEF8574E3FB','9d4430ec3392d9766a56ff21fba9333f49901a6cd91ccf3c01312f94baeb53da',1767000000003000001);
INSERT INTO "batches" VALUES(4,1,'{"CLIENT":[0,1,6]}',X'6861C2EC18F8A1286E16B603','153a68f0e950b00285eed8a7fb338f80dd9db40f18560a2b213312f5cea14b72',1767000000004000001);
INSERT INTO "batches" VALUES(5,1,'{"CLIENT":[0,1,7]}',X'319E68C7BF133F48E02D1C89','c7461eed853f8d21f84f5d51e9def6d38645f9a352f438f63065c0f95a8a61ac',1767000000005000001);
INSERT INTO "batches" VALUES(6,1,'{"CLIENT":[0,2,12]}',X'5197C6C0EA1EB3EB2CAEA8F8FB7DDA8AA50A612D31EA755CCA622731B63EB0F125C697B8A449554EB7DCEE2B90BC6B47','782d8943eb352e2926326e91cce2c2672f5ab5acab5534db89a7dfb8ac922698',1767000000006000001);
INSERT INTO "batches" VALUES(7,1,'{"CLIENT":[0,2,13],"A":[0,2,1]}',X'74AEF059AAE85C07305AF867E4D17739','b52711bf14a13ec790bc11fdfebb5aea1af31fc278f737cf2f6ef0707c50fab5',1767000000007000001);
INSERT INTO "batches" VALUES(8,1,'{"CLIENT":[0,3,18],"A":[0,2,1]}',X'DE345F0E44116DE673FC5FB9FA7B8553B0F1A521B1CEDBE31A26F77DF9E7801D3BDDFCECC15329337EAB02F0C3835F71','843d06b07fc322e0b39f3b83928d737a5c706218108dd5233ad8ac4ca9c0c6f1',1767000000008000001);
INSERT INTO "batches" VALUES(9,1,'{"CLIENT":[0,3,19],"A":[0,3,1]}',X'022A2BA91B68FEB5BDE7E64A661BFEFD','324c3eb7eddf7e413bfb3122677ee672e707d060994ce2162c071ea9eecc78b1',1767000000009000001);
INSERT INTO "batches" VALUES(10,1,'{"CLIENT":[0,3,23],"A":[0,3,1]}',X'12CD32820C993E649CFA6869F72E943F0DF3648BF9B1724E68427794F286083F8D757AD8','ec007143f7079047f71fab1ef9689850718fad1918215e5a8938687348b09160',1767000000010000001);
INSERT INTO "batches" VALUES(11,1,'{"CLIENT":[0,3,25],"A":[0,4,1]}',X'D1DD6B011F2657D22BA52B85B5331BEDB601EE246D3C7B9F','3fd4c1cb09bf74ae61c7ea5d7510e919df2005045c61aab01a7168a2b7e75a8c',1767000000011000001);
INSERT INTO "batches" VALUES(12,1,'{"CLIENT":[0,4,27],"A":[0,4,1]}',X'3E55E04038D947A6FC51FAA0AD23AE35A204AD1EC0A1A016','b00d6786be2b745d17a0d5a886ad94f71c2dff8a501da6ce8f98f39850c890df',1767000000012000001);
INSERT INTO "batches" VALUES(13,1,'{"CLIENT":[0,5,28],"A":[0,4,1]}',X'17A0BC1C6C8447DDA4D2D05D54EAB250','bfa483ccc1c0071c9d310b76216fbc10b2d3ee9c6bf2dc5f1e34926cf77fdd30',1767000000013000001);
INSERT INTO "batches" VALUES(14,1,'{"CLIENT":[0,5,29],"A":[0,4,1]}',X'BFAA2CBFEB4C777A45D31441','3fd09f00da00c1d2949980133576c3ee748a41fabe1da136b1bd6c19847d0277',NULL);
CREATE TABLE carried (
    id   integer primary key,
    kind text not null check (kind in ('session', 'state', 'order')),
    name text not null,                     -- of the session, or OrderID(37)
    body text not null
);
CREATE TABLE commands (
    id         integer primary key,
    batch_id   integer not null,
    at         integer not null,            -- when the core handled it
    kind       text    not null,
    message_id integer,                     -- the FIX message it came in; null for operators' commands
    body       text    not null
);
INSERT INTO "commands" VALUES(1,1,1767000000001000000,'LoadReferenceData',NULL,'{"type":"LoadReferenceData","reference":{"version":"reference-1","instruments":[{"symbol":"ACME","asset_class":"equity","currency":"USD","price":"10","lot_size":"1"}],"accounts":[{"id":"FUND"}],"markets":[]},"operator":"tester"}');
INSERT INTO "commands" VALUES(2,2,1767000000002000000,'LoadRules',NULL,'{"type":"LoadRules","rules":{"version":"rules-1","checks":[],"routes":[{"strategy":"direct","id":"to-a","when":{},"venue":"A"}],"clients":[],"venues":[]},"operator":"tester"}');
INSERT INTO "commands" VALUES(3,3,1767000000003000000,'SessionLoggedOn',NULL,'{"type":"SessionLoggedOn","session":"A"}');
INSERT INTO "commands" VALUES(4,4,1767000000004000000,'SessionLoggedOn',NULL,'{"type":"SessionLoggedOn","session":"B"}');
INSERT INTO "commands" VALUES(5,5,1767000000005000000,'SessionLoggedOn',NULL,'{"type":"SessionLoggedOn","session":"C"}');
INSERT INTO "commands" VALUES(6,6,1767000000006000000,'NewOrderSingle',7,'{"type":"NewOrderSingle","session":"CLIENT","cl_ord_id":"J","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND","exec_inst":"J"}}');
INSERT INTO "commands" VALUES(7,7,1767000000007000000,'VenueExecutionReport',13,'{"type":"VenueExecutionReport","session":"A","exec_id":"V1","exec_type":"0","ord_status":"0","cl_ord_id":"T80XXC-1.1"}');
INSERT INTO "commands" VALUES(8,8,1767000000008000000,'NewOrderSingle',15,'{"type":"NewOrderSingle","session":"CLIENT","cl_ord_id":"K","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND","exec_inst":"K"}}');
INSERT INTO "commands" VALUES(9,9,1767000000009000000,'VenueExecutionReport',21,'{"type":"VenueExecutionReport","session":"A","exec_id":"V2","exec_type":"0","ord_status":"0","cl_ord_id":"T80XXC-2.1"}');
INSERT INTO "commands" VALUES(10,10,1767000000010000000,'HaltInstrument',NULL,'{"type":"HaltInstrument","symbol":"ACME","reason":"news pending","operator":"tester"}');
INSERT INTO "commands" VALUES(11,11,1767000000011000000,'VenueExecutionReport',27,'{"type":"VenueExecutionReport","session":"A","exec_id":"V3","exec_type":"4","ord_status":"0","cl_ord_id":"T80XXC-2.2"}');
INSERT INTO "commands" VALUES(12,12,1767000000012000000,'NewOrderSingle',30,'{"type":"NewOrderSingle","session":"CLIENT","cl_ord_id":"N","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND"}}');
INSERT INTO "commands" VALUES(13,13,1767000000013000000,'OrderCancelReplaceRequest',33,'{"type":"OrderCancelReplaceRequest","session":"CLIENT","cl_ord_id":"Y","orig_cl_ord_id":"J","terms":{"symbol":"ACME","side":"1","order_qty":"50","ord_type":"2","price":"10","account":"FUND"}}');
INSERT INTO "commands" VALUES(14,14,1767000000014000000,'EndTradingDay',NULL,'{"type":"EndTradingDay","day":"2026-11-23"}');
CREATE TABLE events (
    id         integer primary key,
    batch_id   integer not null,
    command_id integer not null,
    kind       text    not null,
    order_id   text,                        -- the client order it is about, if it is about one
    body       text    not null
);
INSERT INTO "events" VALUES(1,1,1,'StoreFounded',NULL,'{"type":"StoreFounded","id_prefix":"T80XXC"}');
INSERT INTO "events" VALUES(2,1,1,'ReferenceDataLoaded',NULL,'{"type":"ReferenceDataLoaded","reference":{"version":"reference-1","instruments":[{"symbol":"ACME","asset_class":"equity","currency":"USD","price":"10","lot_size":"1"}],"accounts":[{"id":"FUND"}],"markets":[]},"operator":"tester"}');
INSERT INTO "events" VALUES(3,2,2,'RulesLoaded',NULL,'{"type":"RulesLoaded","rules":{"version":"rules-1","checks":[],"routes":[{"strategy":"direct","id":"to-a","when":{},"venue":"A"}],"clients":[],"venues":[]},"operator":"tester"}');
INSERT INTO "events" VALUES(4,3,3,'SessionChanged',NULL,'{"type":"SessionChanged","session":"A","logged_on":true}');
INSERT INTO "events" VALUES(5,4,4,'SessionChanged',NULL,'{"type":"SessionChanged","session":"B","logged_on":true}');
INSERT INTO "events" VALUES(6,5,5,'SessionChanged',NULL,'{"type":"SessionChanged","session":"C","logged_on":true}');
INSERT INTO "events" VALUES(7,6,6,'OrderCaptured','T80XXC-1','{"type":"OrderCaptured","order_id":"T80XXC-1","session":"CLIENT","cl_ord_id":"J","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND","exec_inst":"J"}}');
INSERT INTO "events" VALUES(8,6,6,'ChecksEvaluated','T80XXC-1','{"type":"ChecksEvaluated","order_id":"T80XXC-1","cl_ord_id":"J","rules_version":"rules-1","results":[]}');
INSERT INTO "events" VALUES(9,6,6,'OrderRouted','T80XXC-1','{"type":"OrderRouted","order_id":"T80XXC-1","rules_version":"rules-1","route_id":"to-a","strategy":"direct","reason":"rule to-a: for all","legs":[{"venue":"A","quantity":"100","reason":"the route''s venue"}]}');
INSERT INTO "events" VALUES(10,6,6,'OrderReported','T80XXC-1','{"type":"OrderReported","order_id":"T80XXC-1","session":"CLIENT","report":{"order_id":"T80XXC-1","exec_id":"T80XXC-E1","cl_ord_id":"J","exec_type":"0","ord_status":"0","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND","exec_inst":"J"},"cum_qty":"0","leaves_qty":"100","avg_px":"0"}}');
INSERT INTO "events" VALUES(11,6,6,'ChildPlaced','T80XXC-1','{"type":"ChildPlaced","order_id":"T80XXC-1","child_id":"T80XXC-1.1","cl_ord_id":"T80XXC-1.1","venue":"A","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND","exec_inst":"J"}}');
INSERT INTO "events" VALUES(12,7,7,'ChildReported','T80XXC-1','{"type":"ChildReported","order_id":"T80XXC-1","child_id":"T80XXC-1.1","venue":"A","exec_id":"V1","exec_type":"0","ord_status":"0","cl_ord_id":"T80XXC-1.1","cum_qty":"0","leaves_qty":"100"}');
INSERT INTO "events" VALUES(13,8,8,'OrderCaptured','T80XXC-2','{"type":"OrderCaptured","order_id":"T80XXC-2","session":"CLIENT","cl_ord_id":"K","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND","exec_inst":"K"}}');
INSERT INTO "events" VALUES(14,8,8,'ChecksEvaluated','T80XXC-2','{"type":"ChecksEvaluated","order_id":"T80XXC-2","cl_ord_id":"K","rules_version":"rules-1","results":[]}');
INSERT INTO "events" VALUES(15,8,8,'OrderRouted','T80XXC-2','{"type":"OrderRouted","order_id":"T80XXC-2","rules_version":"rules-1","route_id":"to-a","strategy":"direct","reason":"rule to-a: for all","legs":[{"venue":"A","quantity":"100","reason":"the route''s venue"}]}');
INSERT INTO "events" VALUES(16,8,8,'OrderReported','T80XXC-2','{"type":"OrderReported","order_id":"T80XXC-2","session":"CLIENT","report":{"order_id":"T80XXC-2","exec_id":"T80XXC-E2","cl_ord_id":"K","exec_type":"0","ord_status":"0","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND","exec_inst":"K"},"cum_qty":"0","leaves_qty":"100","avg_px":"0"}}');
INSERT INTO "events" VALUES(17,8,8,'ChildPlaced','T80XXC-2','{"type":"ChildPlaced","order_id":"T80XXC-2","child_id":"T80XXC-2.1","cl_ord_id":"T80XXC-2.1","venue":"A","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND","exec_inst":"K"}}');
INSERT INTO "events" VALUES(18,9,9,'ChildReported','T80XXC-2','{"type":"ChildReported","order_id":"T80XXC-2","child_id":"T80XXC-2.1","venue":"A","exec_id":"V2","exec_type":"0","ord_status":"0","cl_ord_id":"T80XXC-2.1","cum_qty":"0","leaves_qty":"100"}');
INSERT INTO "events" VALUES(19,10,10,'InstrumentHalted',NULL,'{"type":"InstrumentHalted","symbol":"ACME","reason":"news pending","operator":"tester"}');
INSERT INTO "events" VALUES(20,10,10,'OrderReported','T80XXC-1','{"type":"OrderReported","order_id":"T80XXC-1","session":"CLIENT","report":{"order_id":"T80XXC-1","exec_id":"T80XXC-E3","cl_ord_id":"J","exec_type":"9","ord_status":"9","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND","exec_inst":"J"},"cum_qty":"0","leaves_qty":"100","avg_px":"0","text":"HALTED: trading in the instrument is halted Symbol=ACME because=news pending"}}');
INSERT INTO "events" VALUES(21,10,10,'OrderWithdrawn','T80XXC-2','{"type":"OrderWithdrawn","order_id":"T80XXC-2","text":"HALTED: trading in the instrument is halted Symbol=ACME because=news pending","exec_restatement_reason":6}');
INSERT INTO "events" VALUES(22,10,10,'ChildCancelRequested','T80XXC-2','{"type":"ChildCancelRequested","order_id":"T80XXC-2","child_id":"T80XXC-2.1","cl_ord_id":"T80XXC-2.2","orig_cl_ord_id":"T80XXC-2.1","venue":"A","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND","exec_inst":"K"}}');
INSERT INTO "events" VALUES(23,11,11,'ChildReported','T80XXC-2','{"type":"ChildReported","order_id":"T80XXC-2","child_id":"T80XXC-2.1","venue":"A","exec_id":"V3","exec_type":"4","ord_status":"4","cl_ord_id":"T80XXC-2.2","cum_qty":"0","leaves_qty":"100"}');
INSERT INTO "events" VALUES(24,11,11,'OrderReported','T80XXC-2','{"type":"OrderReported","order_id":"T80XXC-2","session":"CLIENT","report":{"order_id":"T80XXC-2","exec_id":"T80XXC-E4","cl_ord_id":"K","exec_type":"4","ord_status":"4","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND","exec_inst":"K"},"cum_qty":"0","leaves_qty":"0","avg_px":"0","exec_restatement_reason":6,"text":"HALTED: trading in the instrument is halted Symbol=ACME because=news pending"}}');
INSERT INTO "events" VALUES(25,12,12,'OrderCaptured','T80XXC-3','{"type":"OrderCaptured","order_id":"T80XXC-3","session":"CLIENT","cl_ord_id":"N","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND"}}');
INSERT INTO "events" VALUES(26,12,12,'OrderReported','T80XXC-3','{"type":"OrderReported","order_id":"T80XXC-3","session":"CLIENT","report":{"order_id":"T80XXC-3","exec_id":"T80XXC-E5","cl_ord_id":"N","exec_type":"8","ord_status":"8","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND"},"cum_qty":"0","leaves_qty":"0","avg_px":"0","ord_rej_reason":2,"text":"HALTED: trading in the instrument is halted Symbol=ACME because=news pending"}}');
INSERT INTO "events" VALUES(27,13,13,'RequestRejected','T80XXC-1','{"type":"RequestRejected","order_id":"T80XXC-1","session":"CLIENT","reject":{"order_id":"T80XXC-1","cl_ord_id":"Y","orig_cl_ord_id":"J","ord_status":"9","response_to":"2","cxl_rej_reason":2,"text":"HALTED: trading in the instrument is halted Symbol=ACME because=news pending","account":"FUND"}}');
INSERT INTO "events" VALUES(28,14,14,'TradingDayEnded',NULL,'{"type":"TradingDayEnded","day":"2026-11-23"}');
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
INSERT INTO "messages" VALUES(1,1,1767000000001000000,'CLIENT',0,'out',1,'8',1,X'383D4649582E342E3401393D32300133353D380133343D310135383D434C49454E540131303D30323401');
INSERT INTO "messages" VALUES(2,1,1767000000001000000,'CLIENT',0,'out',2,'8',2,X'383D4649582E342E3401393D32300133353D380133343D320135383D434C49454E540131303D30323501');
INSERT INTO "messages" VALUES(3,2,1767000000002000000,'CLIENT',0,'out',3,'8',3,X'383D4649582E342E3401393D32300133353D380133343D330135383D434C49454E540131303D30323601');
INSERT INTO "messages" VALUES(4,3,1767000000003000000,'CLIENT',0,'out',4,'8',4,X'383D4649582E342E3401393D32300133353D380133343D340135383D434C49454E540131303D30323701');
INSERT INTO "messages" VALUES(5,4,1767000000004000000,'CLIENT',0,'out',5,'8',5,X'383D4649582E342E3401393D32300133353D380133343D350135383D434C49454E540131303D30323801');
INSERT INTO "messages" VALUES(6,5,1767000000005000000,'CLIENT',0,'out',6,'8',6,X'383D4649582E342E3401393D32300133353D380133343D360135383D434C49454E540131303D30323901');
INSERT INTO "messages" VALUES(7,6,1767000000006000000,'CLIENT',0,'in',1,'D',NULL,X'383D4649582E342E3401393D32300133353D440133343D310135383D434C49454E540131303D30333601');
INSERT INTO "messages" VALUES(8,6,1767000000006000000,'CLIENT',0,'out',7,'8',7,X'383D4649582E342E3401393D32300133353D380133343D370135383D434C49454E540131303D30333001');
INSERT INTO "messages" VALUES(9,6,1767000000006000000,'CLIENT',0,'out',8,'8',8,X'383D4649582E342E3401393D32300133353D380133343D380135383D434C49454E540131303D30333101');
INSERT INTO "messages" VALUES(10,6,1767000000006000000,'CLIENT',0,'out',9,'8',9,X'383D4649582E342E3401393D32300133353D380133343D390135383D434C49454E540131303D30333201');
INSERT INTO "messages" VALUES(11,6,1767000000006000000,'CLIENT',0,'out',10,'8',10,X'383D4649582E342E3401393D32310133353D380133343D31300135383D434C49454E540131303D30373301');
INSERT INTO "messages" VALUES(12,6,1767000000006000000,'CLIENT',0,'out',11,'8',11,X'383D4649582E342E3401393D32310133353D380133343D31310135383D434C49454E540131303D30373401');
INSERT INTO "messages" VALUES(13,7,1767000000007000000,'A',0,'in',1,'8',NULL,X'383D4649582E342E3401393D31350133353D380133343D310135383D410131303D31353801');
INSERT INTO "messages" VALUES(14,7,1767000000007000000,'CLIENT',0,'out',12,'8',12,X'383D4649582E342E3401393D32310133353D380133343D31320135383D434C49454E540131303D30373501');
INSERT INTO "messages" VALUES(15,8,1767000000008000000,'CLIENT',0,'in',2,'D',NULL,X'383D4649582E342E3401393D32300133353D440133343D320135383D434C49454E540131303D30333701');
INSERT INTO "messages" VALUES(16,8,1767000000008000000,'CLIENT',0,'out',13,'8',13,X'383D4649582E342E3401393D32310133353D380133343D31330135383D434C49454E540131303D30373601');
INSERT INTO "messages" VALUES(17,8,1767000000008000000,'CLIENT',0,'out',14,'8',14,X'383D4649582E342E3401393D32310133353D380133343D31340135383D434C49454E540131303D30373701');
INSERT INTO "messages" VALUES(18,8,1767000000008000000,'CLIENT',0,'out',15,'8',15,X'383D4649582E342E3401393D32310133353D380133343D31350135383D434C49454E540131303D30373801');
INSERT INTO "messages" VALUES(19,8,1767000000008000000,'CLIENT',0,'out',16,'8',16,X'383D4649582E342E3401393D32310133353D380133343D31360135383D434C49454E540131303D30373901');
INSERT INTO "messages" VALUES(20,8,1767000000008000000,'CLIENT',0,'out',17,'8',17,X'383D4649582E342E3401393D32310133353D380133343D31370135383D434C49454E540131303D30383001');
INSERT INTO "messages" VALUES(21,9,1767000000009000000,'A',0,'in',2,'8',NULL,X'383D4649582E342E3401393D31350133353D380133343D320135383D410131303D31353901');
INSERT INTO "messages" VALUES(22,9,1767000000009000000,'CLIENT',0,'out',18,'8',18,X'383D4649582E342E3401393D32310133353D380133343D31380135383D434C49454E540131303D30383101');
INSERT INTO "messages" VALUES(23,10,1767000000010000000,'CLIENT',0,'out',19,'8',19,X'383D4649582E342E3401393D32310133353D380133343D31390135383D434C49454E540131303D30383201');
INSERT INTO "messages" VALUES(24,10,1767000000010000000,'CLIENT',0,'out',20,'8',20,X'383D4649582E342E3401393D32310133353D380133343D32300135383D434C49454E540131303D30373401');
INSERT INTO "messages" VALUES(25,10,1767000000010000000,'CLIENT',0,'out',21,'8',21,X'383D4649582E342E3401393D32310133353D380133343D32310135383D434C49454E540131303D30373501');
INSERT INTO "messages" VALUES(26,10,1767000000010000000,'CLIENT',0,'out',22,'8',22,X'383D4649582E342E3401393D32310133353D380133343D32320135383D434C49454E540131303D30373601');
INSERT INTO "messages" VALUES(27,11,1767000000011000000,'A',0,'in',3,'8',NULL,X'383D4649582E342E3401393D31350133353D380133343D330135383D410131303D31363001');
INSERT INTO "messages" VALUES(28,11,1767000000011000000,'CLIENT',0,'out',23,'8',23,X'383D4649582E342E3401393D32310133353D380133343D32330135383D434C49454E540131303D30373701');
INSERT INTO "messages" VALUES(29,11,1767000000011000000,'CLIENT',0,'out',24,'8',24,X'383D4649582E342E3401393D32310133353D380133343D32340135383D434C49454E540131303D30373801');
INSERT INTO "messages" VALUES(30,12,1767000000012000000,'CLIENT',0,'in',3,'D',NULL,X'383D4649582E342E3401393D32300133353D440133343D330135383D434C49454E540131303D30333801');
INSERT INTO "messages" VALUES(31,12,1767000000012000000,'CLIENT',0,'out',25,'8',25,X'383D4649582E342E3401393D32310133353D380133343D32350135383D434C49454E540131303D30373901');
INSERT INTO "messages" VALUES(32,12,1767000000012000000,'CLIENT',0,'out',26,'8',26,X'383D4649582E342E3401393D32310133353D380133343D32360135383D434C49454E540131303D30383001');
INSERT INTO "messages" VALUES(33,13,1767000000013000000,'CLIENT',0,'in',4,'G',NULL,X'383D4649582E342E3401393D32300133353D470133343D340135383D434C49454E540131303D30343201');
INSERT INTO "messages" VALUES(34,13,1767000000013000000,'CLIENT',0,'out',27,'8',27,X'383D4649582E342E3401393D32310133353D380133343D32370135383D434C49454E540131303D30383101');
INSERT INTO "messages" VALUES(35,14,1767000000014000000,'CLIENT',0,'out',28,'8',28,X'383D4649582E342E3401393D32310133353D380133343D32380135383D434C49454E540131303D30383201');
CREATE TABLE meta (
    key   text primary key,
    value text not null
) without rowid;
INSERT INTO "meta" VALUES('schema_version','2');
CREATE TABLE sessions (
    name     text primary key,
    epoch    integer not null,
    next_in  integer not null,
    next_out integer not null
) without rowid;
INSERT INTO "sessions" VALUES('A',0,4,1);
INSERT INTO "sessions" VALUES('CLIENT',0,5,29);
CREATE INDEX messages_by_number on messages (session, direction, epoch, msg_seq_num);
CREATE INDEX messages_by_event on messages (event_id) where event_id is not null;
CREATE INDEX events_by_order on events (order_id) where order_id is not null;
COMMIT;
