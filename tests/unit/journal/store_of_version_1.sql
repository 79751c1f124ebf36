-- A small store as version 1 of the schema had it, written by oms-fix then.
BEGIN TRANSACTION;
CREATE TABLE batches (
    id          integer primary key,
    released_at integer
);
INSERT INTO "batches" VALUES(1,1767000000001000001);
INSERT INTO "batches" VALUES(2,1767000000002000001);
INSERT INTO "batches" VALUES(3,1767000000003000001);
INSERT INTO "batches" VALUES(4,1767000000004000001);
INSERT INTO "batches" VALUES(5,1767000000005000001);
INSERT INTO "batches" VALUES(6,1767000000006000001);
INSERT INTO "batches" VALUES(7,1767000000007000001);
INSERT INTO "batches" VALUES(8,1767000000008000001);
INSERT INTO "batches" VALUES(9,1767000000009000001);
INSERT INTO "batches" VALUES(10,1767000000010000001);
INSERT INTO "batches" VALUES(11,1767000000011000001);
INSERT INTO "batches" VALUES(12,1767000000012000001);
INSERT INTO "batches" VALUES(13,1767000000013000001);
INSERT INTO "batches" VALUES(14,1767000000014000001);
INSERT INTO "batches" VALUES(15,1767000000015000001);
INSERT INTO "batches" VALUES(16,1767000000016000001);
INSERT INTO "batches" VALUES(17,1767000000017000001);
INSERT INTO "batches" VALUES(18,1767000000018000001);
INSERT INTO "batches" VALUES(19,1767000000019000001);
INSERT INTO "batches" VALUES(20,NULL);
CREATE TABLE commands (
    id         integer primary key,
    at         integer not null,            -- when the core handled it
    kind       text    not null,
    message_id integer,                     -- the FIX message it came in; null for operators' commands
    body       text    not null
);
INSERT INTO "commands" VALUES(1,1767000000001000000,'LoadReferenceData',NULL,'{"type":"LoadReferenceData","reference":{"version":"reference-1","instruments":[{"symbol":"ACME","asset_class":"equity","currency":"USD","price":"10","lot_size":"1"}],"accounts":[{"id":"FUND"}]},"operator":"tester"}');
INSERT INTO "commands" VALUES(2,1767000000002000000,'LoadRules',NULL,'{"type":"LoadRules","rules":{"version":"rules-1","checks":[],"routes":[{"strategy":"direct","id":"to-a","when":{},"venue":"A"}]},"operator":"tester"}');
INSERT INTO "commands" VALUES(3,1767000000003000000,'SessionLoggedOn',NULL,'{"type":"SessionLoggedOn","session":"A"}');
INSERT INTO "commands" VALUES(4,1767000000004000000,'SessionLoggedOn',NULL,'{"type":"SessionLoggedOn","session":"B"}');
INSERT INTO "commands" VALUES(5,1767000000005000000,'SessionLoggedOn',NULL,'{"type":"SessionLoggedOn","session":"C"}');
INSERT INTO "commands" VALUES(6,1767000000006000000,'NewOrderSingle',7,'{"type":"NewOrderSingle","session":"CLIENT","cl_ord_id":"FILLED","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND"}}');
INSERT INTO "commands" VALUES(7,1767000000007000000,'VenueExecutionReport',13,'{"type":"VenueExecutionReport","session":"A","exec_id":"V1","exec_type":"0","ord_status":"0","cl_ord_id":"T80XXC-1.1"}');
INSERT INTO "commands" VALUES(8,1767000000008000000,'VenueExecutionReport',15,'{"type":"VenueExecutionReport","session":"A","exec_id":"V2","exec_type":"F","ord_status":"0","cl_ord_id":"T80XXC-1.1","last_qty":"40","last_px":"10"}');
INSERT INTO "commands" VALUES(9,1767000000009000000,'VenueExecutionReport',18,'{"type":"VenueExecutionReport","session":"A","exec_id":"LAST","exec_type":"F","ord_status":"0","cl_ord_id":"T80XXC-1.1","last_qty":"60","last_px":"10"}');
INSERT INTO "commands" VALUES(10,1767000000010000000,'NewOrderSingle',21,'{"type":"NewOrderSingle","session":"CLIENT","cl_ord_id":"CANCELED","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND"}}');
INSERT INTO "commands" VALUES(11,1767000000011000000,'VenueExecutionReport',27,'{"type":"VenueExecutionReport","session":"A","exec_id":"V4","exec_type":"0","ord_status":"0","cl_ord_id":"T80XXC-2.1"}');
INSERT INTO "commands" VALUES(12,1767000000012000000,'OrderCancelRequest',29,'{"type":"OrderCancelRequest","session":"CLIENT","cl_ord_id":"CANCEL","orig_cl_ord_id":"CANCELED","symbol":"ACME"}');
INSERT INTO "commands" VALUES(13,1767000000013000000,'SessionLoggedOut',NULL,'{"type":"SessionLoggedOut","session":"B","reason":"a break"}');
INSERT INTO "commands" VALUES(14,1767000000014000000,'SessionLoggedOn',NULL,'{"type":"SessionLoggedOn","session":"B"}');
INSERT INTO "commands" VALUES(15,1767000000015000000,'VenueExecutionReport',35,'{"type":"VenueExecutionReport","session":"A","exec_id":"V5","exec_type":"4","ord_status":"0","cl_ord_id":"T80XXC-2.2"}');
INSERT INTO "commands" VALUES(16,1767000000016000000,'NewOrderSingle',38,'{"type":"NewOrderSingle","session":"CLIENT","cl_ord_id":"FILLED","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND"}}');
INSERT INTO "commands" VALUES(17,1767000000017000000,'NewOrderSingle',40,'{"type":"NewOrderSingle","session":"CLIENT","cl_ord_id":"OPEN","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND"}}');
INSERT INTO "commands" VALUES(18,1767000000018000000,'VenueExecutionReport',46,'{"type":"VenueExecutionReport","session":"A","exec_id":"V6","exec_type":"0","ord_status":"0","cl_ord_id":"T80XXC-3.1"}');
INSERT INTO "commands" VALUES(19,1767000000019000000,'VenueExecutionReport',48,'{"type":"VenueExecutionReport","session":"A","exec_id":"FIRST","exec_type":"F","ord_status":"0","cl_ord_id":"T80XXC-3.1","last_qty":"10","last_px":"11"}');
INSERT INTO "commands" VALUES(20,1767000000020000000,'OrderStatusRequest',NULL,'{"type":"OrderStatusRequest","session":"CLIENT","cl_ord_id":"OPEN","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND"}}');
CREATE TABLE events (
    id         integer primary key,
    command_id integer not null,
    kind       text    not null,
    order_id   text,                        -- the client order it is about, if it is about one
    body       text    not null
);
INSERT INTO "events" VALUES(1,1,'StoreFounded',NULL,'{"type":"StoreFounded","id_prefix":"T80XXC"}');
INSERT INTO "events" VALUES(2,1,'ReferenceDataLoaded',NULL,'{"type":"ReferenceDataLoaded","reference":{"version":"reference-1","instruments":[{"symbol":"ACME","asset_class":"equity","currency":"USD","price":"10","lot_size":"1"}],"accounts":[{"id":"FUND"}]},"operator":"tester"}');
INSERT INTO "events" VALUES(3,2,'RulesLoaded',NULL,'{"type":"RulesLoaded","rules":{"version":"rules-1","checks":[],"routes":[{"strategy":"direct","id":"to-a","when":{},"venue":"A"}]},"operator":"tester"}');
INSERT INTO "events" VALUES(4,3,'SessionChanged',NULL,'{"type":"SessionChanged","session":"A","logged_on":true}');
INSERT INTO "events" VALUES(5,4,'SessionChanged',NULL,'{"type":"SessionChanged","session":"B","logged_on":true}');
INSERT INTO "events" VALUES(6,5,'SessionChanged',NULL,'{"type":"SessionChanged","session":"C","logged_on":true}');
INSERT INTO "events" VALUES(7,6,'OrderCaptured','T80XXC-1','{"type":"OrderCaptured","order_id":"T80XXC-1","session":"CLIENT","cl_ord_id":"FILLED","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND"}}');
INSERT INTO "events" VALUES(8,6,'ChecksEvaluated','T80XXC-1','{"type":"ChecksEvaluated","order_id":"T80XXC-1","cl_ord_id":"FILLED","rules_version":"rules-1","results":[]}');
INSERT INTO "events" VALUES(9,6,'OrderRouted','T80XXC-1','{"type":"OrderRouted","order_id":"T80XXC-1","rules_version":"rules-1","route_id":"to-a","strategy":"direct","reason":"rule to-a: for all","legs":[{"venue":"A","quantity":"100","reason":"the route''s venue"}]}');
INSERT INTO "events" VALUES(10,6,'OrderReported','T80XXC-1','{"type":"OrderReported","order_id":"T80XXC-1","session":"CLIENT","report":{"order_id":"T80XXC-1","exec_id":"T80XXC-E1","cl_ord_id":"FILLED","exec_type":"0","ord_status":"0","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND"},"cum_qty":"0","leaves_qty":"100","avg_px":"0"}}');
INSERT INTO "events" VALUES(11,6,'ChildPlaced','T80XXC-1','{"type":"ChildPlaced","order_id":"T80XXC-1","child_id":"T80XXC-1.1","cl_ord_id":"T80XXC-1.1","venue":"A","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND"}}');
INSERT INTO "events" VALUES(12,7,'ChildReported','T80XXC-1','{"type":"ChildReported","order_id":"T80XXC-1","child_id":"T80XXC-1.1","venue":"A","exec_id":"V1","exec_type":"0","ord_status":"0","cl_ord_id":"T80XXC-1.1","cum_qty":"0","leaves_qty":"100"}');
INSERT INTO "events" VALUES(13,8,'ChildReported','T80XXC-1','{"type":"ChildReported","order_id":"T80XXC-1","child_id":"T80XXC-1.1","venue":"A","exec_id":"V2","exec_type":"F","ord_status":"1","cl_ord_id":"T80XXC-1.1","cum_qty":"40","leaves_qty":"60","last_qty":"40","last_px":"10"}');
INSERT INTO "events" VALUES(14,8,'OrderReported','T80XXC-1','{"type":"OrderReported","order_id":"T80XXC-1","session":"CLIENT","report":{"order_id":"T80XXC-1","exec_id":"T80XXC-E2","cl_ord_id":"FILLED","exec_type":"F","ord_status":"1","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND"},"cum_qty":"40","leaves_qty":"60","avg_px":"1E+1","last_qty":"40","last_px":"10"},"child_id":"T80XXC-1.1","venue_exec_id":"V2"}');
INSERT INTO "events" VALUES(15,9,'ChildReported','T80XXC-1','{"type":"ChildReported","order_id":"T80XXC-1","child_id":"T80XXC-1.1","venue":"A","exec_id":"LAST","exec_type":"F","ord_status":"2","cl_ord_id":"T80XXC-1.1","cum_qty":"100","leaves_qty":"0","last_qty":"60","last_px":"10"}');
INSERT INTO "events" VALUES(16,9,'OrderReported','T80XXC-1','{"type":"OrderReported","order_id":"T80XXC-1","session":"CLIENT","report":{"order_id":"T80XXC-1","exec_id":"T80XXC-E3","cl_ord_id":"FILLED","exec_type":"F","ord_status":"2","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND"},"cum_qty":"100","leaves_qty":"0","avg_px":"1E+1","last_qty":"60","last_px":"10"},"child_id":"T80XXC-1.1","venue_exec_id":"LAST"}');
INSERT INTO "events" VALUES(17,10,'OrderCaptured','T80XXC-2','{"type":"OrderCaptured","order_id":"T80XXC-2","session":"CLIENT","cl_ord_id":"CANCELED","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND"}}');
INSERT INTO "events" VALUES(18,10,'ChecksEvaluated','T80XXC-2','{"type":"ChecksEvaluated","order_id":"T80XXC-2","cl_ord_id":"CANCELED","rules_version":"rules-1","results":[]}');
INSERT INTO "events" VALUES(19,10,'OrderRouted','T80XXC-2','{"type":"OrderRouted","order_id":"T80XXC-2","rules_version":"rules-1","route_id":"to-a","strategy":"direct","reason":"rule to-a: for all","legs":[{"venue":"A","quantity":"100","reason":"the route''s venue"}]}');
INSERT INTO "events" VALUES(20,10,'OrderReported','T80XXC-2','{"type":"OrderReported","order_id":"T80XXC-2","session":"CLIENT","report":{"order_id":"T80XXC-2","exec_id":"T80XXC-E4","cl_ord_id":"CANCELED","exec_type":"0","ord_status":"0","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND"},"cum_qty":"0","leaves_qty":"100","avg_px":"0"}}');
INSERT INTO "events" VALUES(21,10,'ChildPlaced','T80XXC-2','{"type":"ChildPlaced","order_id":"T80XXC-2","child_id":"T80XXC-2.1","cl_ord_id":"T80XXC-2.1","venue":"A","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND"}}');
INSERT INTO "events" VALUES(22,11,'ChildReported','T80XXC-2','{"type":"ChildReported","order_id":"T80XXC-2","child_id":"T80XXC-2.1","venue":"A","exec_id":"V4","exec_type":"0","ord_status":"0","cl_ord_id":"T80XXC-2.1","cum_qty":"0","leaves_qty":"100"}');
INSERT INTO "events" VALUES(23,12,'RequestAccepted','T80XXC-2','{"type":"RequestAccepted","order_id":"T80XXC-2","cl_ord_id":"CANCEL","orig_cl_ord_id":"CANCELED","withdraws":true}');
INSERT INTO "events" VALUES(24,12,'OrderReported','T80XXC-2','{"type":"OrderReported","order_id":"T80XXC-2","session":"CLIENT","report":{"order_id":"T80XXC-2","exec_id":"T80XXC-E5","cl_ord_id":"CANCEL","exec_type":"6","ord_status":"6","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND"},"cum_qty":"0","leaves_qty":"100","avg_px":"0","orig_cl_ord_id":"CANCELED"}}');
INSERT INTO "events" VALUES(25,12,'ChildCancelRequested','T80XXC-2','{"type":"ChildCancelRequested","order_id":"T80XXC-2","child_id":"T80XXC-2.1","cl_ord_id":"T80XXC-2.2","orig_cl_ord_id":"T80XXC-2.1","venue":"A","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND"}}');
INSERT INTO "events" VALUES(26,13,'SessionChanged',NULL,'{"type":"SessionChanged","session":"B","logged_on":false,"reason":"a break"}');
INSERT INTO "events" VALUES(27,14,'SessionChanged',NULL,'{"type":"SessionChanged","session":"B","logged_on":true}');
INSERT INTO "events" VALUES(28,15,'ChildReported','T80XXC-2','{"type":"ChildReported","order_id":"T80XXC-2","child_id":"T80XXC-2.1","venue":"A","exec_id":"V5","exec_type":"4","ord_status":"4","cl_ord_id":"T80XXC-2.2","cum_qty":"0","leaves_qty":"100"}');
INSERT INTO "events" VALUES(29,15,'OrderReported','T80XXC-2','{"type":"OrderReported","order_id":"T80XXC-2","session":"CLIENT","report":{"order_id":"T80XXC-2","exec_id":"T80XXC-E6","cl_ord_id":"CANCEL","exec_type":"4","ord_status":"4","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND"},"cum_qty":"0","leaves_qty":"0","avg_px":"0","orig_cl_ord_id":"CANCELED"}}');
INSERT INTO "events" VALUES(30,16,'OrderAnswered','T80XXC-1','{"type":"OrderAnswered","order_id":"T80XXC-1","session":"CLIENT","report":{"order_id":"T80XXC-1","exec_id":"T80XXC-E7","cl_ord_id":"FILLED","exec_type":"8","ord_status":"2","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND"},"cum_qty":"100","leaves_qty":"0","avg_px":"1E+1","ord_rej_reason":6,"text":"DUPLICATE_CL_ORD_ID: ClOrdID(11) was used before ClOrdID=FILLED"}}');
INSERT INTO "events" VALUES(31,17,'OrderCaptured','T80XXC-3','{"type":"OrderCaptured","order_id":"T80XXC-3","session":"CLIENT","cl_ord_id":"OPEN","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND"}}');
INSERT INTO "events" VALUES(32,17,'ChecksEvaluated','T80XXC-3','{"type":"ChecksEvaluated","order_id":"T80XXC-3","cl_ord_id":"OPEN","rules_version":"rules-1","results":[]}');
INSERT INTO "events" VALUES(33,17,'OrderRouted','T80XXC-3','{"type":"OrderRouted","order_id":"T80XXC-3","rules_version":"rules-1","route_id":"to-a","strategy":"direct","reason":"rule to-a: for all","legs":[{"venue":"A","quantity":"100","reason":"the route''s venue"}]}');
INSERT INTO "events" VALUES(34,17,'OrderReported','T80XXC-3','{"type":"OrderReported","order_id":"T80XXC-3","session":"CLIENT","report":{"order_id":"T80XXC-3","exec_id":"T80XXC-E8","cl_ord_id":"OPEN","exec_type":"0","ord_status":"0","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND"},"cum_qty":"0","leaves_qty":"100","avg_px":"0"}}');
INSERT INTO "events" VALUES(35,17,'ChildPlaced','T80XXC-3','{"type":"ChildPlaced","order_id":"T80XXC-3","child_id":"T80XXC-3.1","cl_ord_id":"T80XXC-3.1","venue":"A","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND"}}');
INSERT INTO "events" VALUES(36,18,'ChildReported','T80XXC-3','{"type":"ChildReported","order_id":"T80XXC-3","child_id":"T80XXC-3.1","venue":"A","exec_id":"V6","exec_type":"0","ord_status":"0","cl_ord_id":"T80XXC-3.1","cum_qty":"0","leaves_qty":"100"}');
INSERT INTO "events" VALUES(37,19,'ChildReported','T80XXC-3','{"type":"ChildReported","order_id":"T80XXC-3","child_id":"T80XXC-3.1","venue":"A","exec_id":"FIRST","exec_type":"F","ord_status":"1","cl_ord_id":"T80XXC-3.1","cum_qty":"10","leaves_qty":"90","last_qty":"10","last_px":"11"}');
INSERT INTO "events" VALUES(38,19,'OrderReported','T80XXC-3','{"type":"OrderReported","order_id":"T80XXC-3","session":"CLIENT","report":{"order_id":"T80XXC-3","exec_id":"T80XXC-E9","cl_ord_id":"OPEN","exec_type":"F","ord_status":"1","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND"},"cum_qty":"10","leaves_qty":"90","avg_px":"11","last_qty":"10","last_px":"11"},"child_id":"T80XXC-3.1","venue_exec_id":"FIRST"}');
INSERT INTO "events" VALUES(39,20,'OrderAnswered','T80XXC-3','{"type":"OrderAnswered","order_id":"T80XXC-3","session":"CLIENT","report":{"order_id":"T80XXC-3","exec_id":"0","cl_ord_id":"OPEN","exec_type":"I","ord_status":"1","terms":{"symbol":"ACME","side":"1","order_qty":"100","ord_type":"2","price":"10","account":"FUND"},"cum_qty":"10","leaves_qty":"90","avg_px":"11"}}');
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
INSERT INTO "messages" VALUES(15,8,1767000000008000000,'A',0,'in',2,'8',NULL,X'383D4649582E342E3401393D31350133353D380133343D320135383D410131303D31353901');
INSERT INTO "messages" VALUES(16,8,1767000000008000000,'CLIENT',0,'out',13,'8',13,X'383D4649582E342E3401393D32310133353D380133343D31330135383D434C49454E540131303D30373601');
INSERT INTO "messages" VALUES(17,8,1767000000008000000,'CLIENT',0,'out',14,'8',14,X'383D4649582E342E3401393D32310133353D380133343D31340135383D434C49454E540131303D30373701');
INSERT INTO "messages" VALUES(18,9,1767000000009000000,'A',0,'in',3,'8',NULL,X'383D4649582E342E3401393D31350133353D380133343D330135383D410131303D31363001');
INSERT INTO "messages" VALUES(19,9,1767000000009000000,'CLIENT',0,'out',15,'8',15,X'383D4649582E342E3401393D32310133353D380133343D31350135383D434C49454E540131303D30373801');
INSERT INTO "messages" VALUES(20,9,1767000000009000000,'CLIENT',0,'out',16,'8',16,X'383D4649582E342E3401393D32310133353D380133343D31360135383D434C49454E540131303D30373901');
INSERT INTO "messages" VALUES(21,10,1767000000010000000,'CLIENT',0,'in',2,'D',NULL,X'383D4649582E342E3401393D32300133353D440133343D320135383D434C49454E540131303D30333701');
INSERT INTO "messages" VALUES(22,10,1767000000010000000,'CLIENT',0,'out',17,'8',17,X'383D4649582E342E3401393D32310133353D380133343D31370135383D434C49454E540131303D30383001');
INSERT INTO "messages" VALUES(23,10,1767000000010000000,'CLIENT',0,'out',18,'8',18,X'383D4649582E342E3401393D32310133353D380133343D31380135383D434C49454E540131303D30383101');
INSERT INTO "messages" VALUES(24,10,1767000000010000000,'CLIENT',0,'out',19,'8',19,X'383D4649582E342E3401393D32310133353D380133343D31390135383D434C49454E540131303D30383201');
INSERT INTO "messages" VALUES(25,10,1767000000010000000,'CLIENT',0,'out',20,'8',20,X'383D4649582E342E3401393D32310133353D380133343D32300135383D434C49454E540131303D30373401');
INSERT INTO "messages" VALUES(26,10,1767000000010000000,'CLIENT',0,'out',21,'8',21,X'383D4649582E342E3401393D32310133353D380133343D32310135383D434C49454E540131303D30373501');
INSERT INTO "messages" VALUES(27,11,1767000000011000000,'A',0,'in',4,'8',NULL,X'383D4649582E342E3401393D31350133353D380133343D340135383D410131303D31363101');
INSERT INTO "messages" VALUES(28,11,1767000000011000000,'CLIENT',0,'out',22,'8',22,X'383D4649582E342E3401393D32310133353D380133343D32320135383D434C49454E540131303D30373601');
INSERT INTO "messages" VALUES(29,12,1767000000012000000,'CLIENT',0,'in',3,'F',NULL,X'383D4649582E342E3401393D32300133353D460133343D330135383D434C49454E540131303D30343001');
INSERT INTO "messages" VALUES(30,12,1767000000012000000,'CLIENT',0,'out',23,'8',23,X'383D4649582E342E3401393D32310133353D380133343D32330135383D434C49454E540131303D30373701');
INSERT INTO "messages" VALUES(31,12,1767000000012000000,'CLIENT',0,'out',24,'8',24,X'383D4649582E342E3401393D32310133353D380133343D32340135383D434C49454E540131303D30373801');
INSERT INTO "messages" VALUES(32,12,1767000000012000000,'CLIENT',0,'out',25,'8',25,X'383D4649582E342E3401393D32310133353D380133343D32350135383D434C49454E540131303D30373901');
INSERT INTO "messages" VALUES(33,13,1767000000013000000,'CLIENT',0,'out',26,'8',26,X'383D4649582E342E3401393D32310133353D380133343D32360135383D434C49454E540131303D30383001');
INSERT INTO "messages" VALUES(34,14,1767000000014000000,'CLIENT',0,'out',27,'8',27,X'383D4649582E342E3401393D32310133353D380133343D32370135383D434C49454E540131303D30383101');
INSERT INTO "messages" VALUES(35,15,1767000000015000000,'A',0,'in',5,'8',NULL,X'383D4649582E342E3401393D31350133353D380133343D350135383D410131303D31363201');
INSERT INTO "messages" VALUES(36,15,1767000000015000000,'CLIENT',0,'out',28,'8',28,X'383D4649582E342E3401393D32310133353D380133343D32380135383D434C49454E540131303D30383201');
INSERT INTO "messages" VALUES(37,15,1767000000015000000,'CLIENT',0,'out',29,'8',29,X'383D4649582E342E3401393D32310133353D380133343D32390135383D434C49454E540131303D30383301');
INSERT INTO "messages" VALUES(38,16,1767000000016000000,'CLIENT',0,'in',4,'D',NULL,X'383D4649582E342E3401393D32300133353D440133343D340135383D434C49454E540131303D30333901');
INSERT INTO "messages" VALUES(39,16,1767000000016000000,'CLIENT',0,'out',30,'8',30,X'383D4649582E342E3401393D32310133353D380133343D33300135383D434C49454E540131303D30373501');
INSERT INTO "messages" VALUES(40,17,1767000000017000000,'CLIENT',0,'in',5,'D',NULL,X'383D4649582E342E3401393D32300133353D440133343D350135383D434C49454E540131303D30343001');
INSERT INTO "messages" VALUES(41,17,1767000000017000000,'CLIENT',0,'out',31,'8',31,X'383D4649582E342E3401393D32310133353D380133343D33310135383D434C49454E540131303D30373601');
INSERT INTO "messages" VALUES(42,17,1767000000017000000,'CLIENT',0,'out',32,'8',32,X'383D4649582E342E3401393D32310133353D380133343D33320135383D434C49454E540131303D30373701');
INSERT INTO "messages" VALUES(43,17,1767000000017000000,'CLIENT',0,'out',33,'8',33,X'383D4649582E342E3401393D32310133353D380133343D33330135383D434C49454E540131303D30373801');
INSERT INTO "messages" VALUES(44,17,1767000000017000000,'CLIENT',0,'out',34,'8',34,X'383D4649582E342E3401393D32310133353D380133343D33340135383D434C49454E540131303D30373901');
INSERT INTO "messages" VALUES(45,17,1767000000017000000,'CLIENT',0,'out',35,'8',35,X'383D4649582E342E3401393D32310133353D380133343D33350135383D434C49454E540131303D30383001');
INSERT INTO "messages" VALUES(46,18,1767000000018000000,'A',0,'in',6,'8',NULL,X'383D4649582E342E3401393D31350133353D380133343D360135383D410131303D31363301');
INSERT INTO "messages" VALUES(47,18,1767000000018000000,'CLIENT',0,'out',36,'8',36,X'383D4649582E342E3401393D32310133353D380133343D33360135383D434C49454E540131303D30383101');
INSERT INTO "messages" VALUES(48,19,1767000000019000000,'A',0,'in',7,'8',NULL,X'383D4649582E342E3401393D31350133353D380133343D370135383D410131303D31363401');
INSERT INTO "messages" VALUES(49,19,1767000000019000000,'CLIENT',0,'out',37,'8',37,X'383D4649582E342E3401393D32310133353D380133343D33370135383D434C49454E540131303D30383201');
INSERT INTO "messages" VALUES(50,19,1767000000019000000,'CLIENT',0,'out',38,'8',38,X'383D4649582E342E3401393D32310133353D380133343D33380135383D434C49454E540131303D30383301');
INSERT INTO "messages" VALUES(51,20,1767000000020000000,'CLIENT',0,'out',39,'8',39,X'383D4649582E342E3401393D32310133353D380133343D33390135383D434C49454E540131303D30383401');
CREATE TABLE meta (
    key   text primary key,
    value text not null
) without rowid;
INSERT INTO "meta" VALUES('schema_version','1');
CREATE TABLE sessions (
    name     text primary key,
    epoch    integer not null,
    next_in  integer not null,
    next_out integer not null
) without rowid;
INSERT INTO "sessions" VALUES('A',0,8,1);
INSERT INTO "sessions" VALUES('CLIENT',0,6,40);
CREATE INDEX messages_by_number on messages (session, direction, epoch, msg_seq_num);
CREATE INDEX messages_by_event on messages (event_id) where event_id is not null;
CREATE INDEX events_by_order on events (order_id) where order_id is not null;
COMMIT;
