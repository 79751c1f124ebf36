"""The FIX engine: dictionary, codec, session, settings, acceptor and initiator; usable alone."""

from oms_fix.fix.acceptor import Acceptor, Limits
from oms_fix.fix.admission import Candidate, LogonRequest, Resolver
from oms_fix.fix.dictionary import Dictionary, load_dictionary
from oms_fix.fix.engine import Application, Engine
from oms_fix.fix.errors import ConfigError, FixError, LocalError, RemoteError, SettingsProblem
from oms_fix.fix.host import Host
from oms_fix.fix.initiator import Initiator
from oms_fix.fix.link import Link
from oms_fix.fix.message import Field, Message
from oms_fix.fix.overload_settings import OverloadSettings, RateLimitAction
from oms_fix.fix.schedule import Schedule
from oms_fix.fix.security import Secret, SecuritySettings
from oms_fix.fix.session import SequenceNumbers, Session
from oms_fix.fix.session_port import SessionPort, open_session
from oms_fix.fix.settings import ConnectionType, EngineKind, SessionSettings, load_settings
from oms_fix.fix.store import MemoryStore, SqliteStore, Store

__all__ = [
    "Acceptor",
    "Application",
    "Candidate",
    "ConfigError",
    "ConnectionType",
    "Dictionary",
    "Engine",
    "EngineKind",
    "Field",
    "FixError",
    "Host",
    "Initiator",
    "Limits",
    "Link",
    "LocalError",
    "LogonRequest",
    "MemoryStore",
    "Message",
    "OverloadSettings",
    "RateLimitAction",
    "RemoteError",
    "Resolver",
    "Schedule",
    "Secret",
    "SecuritySettings",
    "SequenceNumbers",
    "Session",
    "SessionPort",
    "SessionSettings",
    "SettingsProblem",
    "SqliteStore",
    "Store",
    "load_dictionary",
    "load_settings",
    "open_session",
]
