"""Many hostile conversations, and the shortest part of one that still fails."""

import random
import traceback

from fuzz_mutator import NUMBER_MAX, Mutator
from fuzz_player import START, VERSIONS, Player, settings_of
from msgspec import structs

ROLES = ("acceptor", "initiator")
_STEPS = (50, 300, 300, 1_000, 1_000, 5_000)  # of one conversation
_REPLAYED_MAX = 400_000  # steps that are played to make a failure short
_FLAGS = (
    *("reset_on_logon", "reset_on_logout", "reset_on_disconnect", "send_redundant_resend_requests"),
    *("send_next_expected_msg_seq_num",),
)
_OPTIONS = (
    *("validate_fields_out_of_order", "validate_unordered_group_fields"),
    *("validate_fields_have_values",),
    *("validate_user_defined_fields", "allow_unknown_msg_fields", "check_enumerations"),
)


class FailedError(Exception):
    """A conversation failed; the text has all that is needed to see it again."""


class Campaign:
    """Hostile conversations in all versions and both roles; equal seeds make equal ones.

    Attributes:
        conversations: held so far.
        mutated: mutated messages so far.
        messages: bytes brought to sessions so far, in pieces.
        delivered: messages that applications heard.
    """

    def __init__(self, seed):
        self._seed = seed
        self.conversations = 0
        self.mutated = 0
        self.messages = 0
        self.delivered = 0

    def converse(self):
        """Hold one conversation; FailedError if anything is wrong with it."""
        name = f"{self._seed}/{self.conversations}"
        rng = random.Random(name)
        settings = self._settings(rng)
        self.conversations += 1
        player, steps = Player(settings), []
        mutator = Mutator(rng, player)
        for _ in range(rng.choice(_STEPS)):
            if max(player.session.next_in, player.session.next_out) > NUMBER_MAX:
                break
            steps.append(mutator.step())
            try:
                player.play(steps[-1])
            except Exception as error:
                raise FailedError(_report(name, settings, steps, error)) from error
        self.mutated += mutator.mutated
        self.messages += sum(step[1] == "receive" for step in steps)
        self.delivered += player.delivered

    def _settings(self, rng):
        number = self.conversations
        version = VERSIONS[number % len(VERSIONS)]
        role = ROLES[number // len(VERSIONS) % len(ROLES)]
        flags = {name: rng.random() < 0.15 for name in _FLAGS}
        settings = settings_of(version, role, heart_bt_int=rng.choice((1, 30)), **flags)
        unusual = {
            name: not getattr(settings.validation, name) for name in _OPTIONS if rng.random() < 0.15
        }
        return structs.replace(settings, validation=structs.replace(settings.validation, **unusual))


def _outcome(settings, steps):
    """Play steps; return how many were played, and the error or None."""
    player = Player(settings)
    for count, step in enumerate(steps, 1):
        try:
            player.play(step)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
            return count, error
    return len(steps), None


def shortest(settings, steps, error):
    """Return as few of the steps as lead to the same kind of error, by leaving out what can be."""
    steps = _last_connection(settings, steps, error)
    size, played = len(steps) // 2, 0
    while size >= 1 and played < _REPLAYED_MAX:
        at = 0
        while at < len(steps) and played < _REPLAYED_MAX:
            fewer = steps[:at] + steps[at + size :]
            count, found = _outcome(settings, fewer)
            played += count
            if _same(found, error):
                steps = fewer[:count]
            else:
                at += size
        size //= 2
    return steps


def _last_connection(settings, steps, error):
    """Return the steps from the last connection on, if with its numbers it fails alone."""
    at = max((at for at, step in enumerate(steps) if step[1] == "connect"), default=0)
    player = Player(settings)
    for step in steps[:at]:
        player.play(step)
    numbers = (player.now - START, "set_numbers", player.session.next_in, player.session.next_out)
    _, found = _outcome(settings, [numbers, *steps[at:]])
    return [numbers, *steps[at:]] if _same(found, error) else steps


def _same(found, error):
    if type(found) is not type(error):
        return False
    return not isinstance(error, AssertionError) or str(found)[:20] == str(error)[:20]


def _report(name, settings, steps, error):
    steps = shortest(settings, steps, error)
    _, found = _outcome(settings, steps)
    told = "".join(traceback.format_exception(found or error, chain=False))
    version = settings.default_appl_ver_id or settings.begin_string
    lines = [
        f"conversation {name}: {version}, {settings.connection_type}",
        f"settings: {settings}",
        "steps:",
        *(f"    {step!r}," for step in steps),
        told,
    ]
    return "\n".join(lines)
