"""The words of results: each enumerator is a str and equals its word in the state file."""

from __future__ import annotations

import enum


class Word(str, enum.Enum):
    """A str with a closed set of values."""

    def __str__(self) -> str:
        return str(self.value)

    def __format__(self, format_spec: str) -> str:
        return format(self.value, format_spec)


class OtaStatus(Word):
    """`stage3.ota_status`: what is known about a device's firmware.

    up_to_date        the check succeeded and offered nothing newer
    update_available  a newer version is offered, or its update was started in this run
    offline           no HTTP answer at all
    check_failed      the device could not tell
    error             another device, an unusable entry, a refused login or update
    skipped           `ota.enabled` is false
    """

    up_to_date = "up_to_date"
    update_available = "update_available"
    offline = "offline"
    check_failed = "check_failed"
    error = "error"
    skipped = "skipped"


class FriendlyStatus(Word):
    """`stage3.friendly_status`: what became of a device's name.

    ok        the device carries the wanted name (in a dry run: would)
    no_value  the entry has no name
    error     it could not be read or written
    skipped   `friendly.enabled` is false
    """

    ok = "ok"
    no_value = "no_value"
    error = "error"
    skipped = "skipped"


class Outcome(Word):
    """What became of a device, in one word.

    ok         all that was to be done is done
    failed     a hard OTA, name, identity, login or entry error
    offline    it gave no HTTP answer at all
    cancelled  never started, or abandoned; nothing is recorded for it
    """

    ok = "ok"
    failed = "failed"
    offline = "offline"
    cancelled = "cancelled"


class EventKind(Word):
    """What happens to a device on its way to its result.

    started           its turn has begun
    update_permitted  its update will start as soon as `ota.rate` lets it
    update_sent       Shelly.Update has left; what came of it is not known yet
    update_away       the run waits for the end of its update (`ota.wait`)
    update_back       it has been seen again, on whatever version
    update_ended      the end of its update has been seen, in this run or left by an earlier one
    """

    started = "started"
    update_permitted = "update_permitted"
    update_sent = "update_sent"
    update_away = "update_away"
    update_back = "update_back"
    update_ended = "update_ended"


class UpdateDecision(Word):
    """What on_update answers, where it is not True or False.

    no     it does not start in this run
    yes    it starts as soon as `ota.rate` lets it
    later  permit() decides; the device waits, and holds nothing
    """

    no = "no"
    yes = "yes"
    later = "later"


LATER = UpdateDecision.later


class UpdateState(Word):
    """`stage3.ota.state`: where the last update of a device stands. "Started" is not "installed".

    sent        it was, or is about to be, sent; its end has not been seen
    updated     the device has shown that it runs what it was sent
    unchanged   it still runs what it ran before
    unstable    it runs what it was sent, and has rebooted again at once
    other       it runs neither
    refused     it declined for good
    lost        when an update should be over it was not there
    unreadable  there is a record, and it cannot be read: left as it is, and no update is sent
    none        in a result: there is to be no record any more
    """

    sent = "sent"
    updated = "updated"
    unchanged = "unchanged"
    unstable = "unstable"
    other = "other"
    refused = "refused"
    lost = "lost"
    unreadable = "unreadable"
    none = "none"
