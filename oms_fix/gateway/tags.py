"""Tag numbers under their FIX names (those of FIX 4.4 where the versions differ)."""

Account = 1
AvgPx = 6
ClOrdID = 11
CumQty = 14
Currency = 15
ExecID = 17
ExecInst = 18
ExecRefID = 19
ExecTransType = 20
HandlInst = 21
SecurityIDSource = 22
LastMkt = 30
LastPx = 31
LastQty = 32
MsgSeqNum = 34
OrderID = 37
OrderQty = 38
OrdStatus = 39
OrdType = 40
PegOffsetValue = 211
OrigClOrdID = 41
Price = 44
RefSeqNum = 45
Rule80A = 47
SecurityID = 48
Side = 54
Symbol = 55
Text = 58
TimeInForce = 59
TransactTime = 60
SettlType = 63
SettlDate = 64
PossDupFlag = 43
PossResend = 97
StopPx = 99
ExDestination = 100
CxlRejReason = 102
OrdRejReason = 103
MinQty = 110
MaxFloor = 111
ExpireTime = 126
DKReason = 127
ExecType = 150
LeavesQty = 151
CashOrderQty = 152
SecurityType = 167
RefTagID = 371
RefMsgType = 372
SessionRejectReason = 373
ExecRestatementReason = 378
BusinessRejectRefID = 379
BusinessRejectReason = 380
DayOrderQty = 424
DayCumQty = 425
DayAvgPx = 426
ExpireDate = 432
CxlRejResponseTo = 434
Product = 460
OrderCapacity = 528
MassCancelRequestType = 530
MassCancelResponse = 531
MassCancelRejectReason = 532
TotalAffectedOrders = 533
MassStatusReqID = 584
MassStatusReqType = 585
TotNumReports = 911
LastRptRequested = 912
ExecAckStatus = 1036
MassActionReportID = 1369
MassActionType = 1373
MassActionScope = 1374
MassActionResponse = 1375
MassActionRejectReason = 1376

NAMES: dict[int, str] = {tag: name for name, tag in globals().items() if isinstance(tag, int)}


def label(tag: int) -> str:
    """Return a tag as prose writes it, such as ``OrderQty(38)``."""
    return f"{NAMES[tag]}({tag})"
