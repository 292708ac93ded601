"""A device as one line, as the command `stage3` prints it."""

import stage3

RED, GREEN, YELLOW, RESET = "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[0m"
COLORS = {"up_to_date": GREEN, "skipped": GREEN, "update_available": YELLOW}

ELLIPSIS = "..."
# Columns of a name that stay, whatever has become of an update.
LEAST_NAME = 4
# Columns of an error that say what it is.
ERROR_WORDS = 24
ERROR = " | ERR="
SEPARATOR = "; "
STATUS = ": HTTP "

# First and last code points that take two columns; where fonts differ, the wider figure.
WIDE = [(0x1100, 0x115F), (0x231A, 0x23FF), (0x25FD, 0x27BF), (0x2B1B, 0x2B55), (0x2E80, 0xA4CF), (0xA960, 0xA97F),
        (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFE10, 0xFE6F), (0xFF00, 0xFF60), (0xFFE0, 0xFFE6), (0x16FE0, 0x18DFF),
        (0x1AFF0, 0x1B2FF), (0x1F000, 0x3FFFD)]
# Combining marks and variation selectors.
NARROW = [(0x300, 0x36F), (0xFE00, 0xFE0F)]


def is_in(ranges, character):
    return any(first <= ord(character) <= last for first, last in ranges)


def width(text):
    """The columns that a text takes on a terminal."""
    return sum(0 if is_in(NARROW, c) else 2 if is_in(WIDE, c) else 1 for c in text)


def fitting_length(text, columns):
    """The length of the longest start of a text that takes at most so many columns."""
    used = 0
    for length, character in enumerate(text):
        used += width(character)
        if used > columns:
            return length
    return len(text)


def shortened(text, columns):
    if width(text) <= columns:
        return text
    return text[:fitting_length(text, columns - len(ELLIPSIS))] + ELLIPSIS


def status_end(error):
    """The end of `<part>: HTTP nnn` if that is what the error begins with, else 0."""
    colon = error.find(":")
    if colon < 0 or not error.startswith(STATUS, colon):
        return 0
    return min(colon + len(STATUS) + 3, len(error))


def shortened_errors(text, columns):
    """Cuts at the end, but no `<part>: HTTP nnn`: the first one stays whatever the width, any other is whole or gone."""
    if width(text) <= columns:
        return text
    cut = fitting_length(text, max(columns, 8) - len(ELLIPSIS))
    first = status_end(text)
    if cut < first:
        return text[:first]
    separator = text.rfind(SEPARATOR, 0, cut + len(SEPARATOR))
    if separator >= 0:
        last = separator + len(SEPARATOR)
        if cut < last + status_end(text[last:]):
            cut = separator
    return text[:cut] + ELLIPSIS


def name_of(result, dry_run):
    name = ""
    if result.friendly_status == "error":
        name = result.wanted_name
    elif result.friendly_status == "ok":
        name = result.wanted_name if result.device_name is None else result.device_name
        if dry_run and result.name_changed:
            previous = "?" if result.previous_name is None else result.previous_name
            name = f"{previous} -> {result.wanted_name}"
    return stage3.escape(name)


def friendly_part(result, name, columns):
    if result.friendly_status is None:
        return ""
    return f" | Friendly={result.friendly_status}" + (f" ({shortened(name, columns)})" if name else "")


def in_words(time):
    """How long something was ago."""
    seconds = max(int(time.total_seconds()), 0)
    for unit, size in ("days", 86400), ("h", 3600), ("min", 60):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def firmware_parts(result, status):
    """What became of the firmware, or what is on offer: the longest first of the ways to say it."""
    record = result.ota
    if result.update_ended and record and record.state == "updated":
        return [f" | FW={stage3.escape(record.from_)} -> {stage3.escape(record.to)} updated", " | updated"]
    if record and record.state == "sent" and not result.update_sent:
        when = f" started {in_words(result.finished - record.sent_at)} ago"
        firmware = f" | FW={stage3.escape(record.from_)} -> {stage3.escape(record.to)}"
        return [firmware + when, f" |{when}", " | started"]
    if status != "update_available" or not result.update:
        return []
    offer = f" | FW={stage3.escape(result.fw)} -> {stage3.escape(result.update)}"
    if result.update_sent:
        return [f"{offer} sent", offer, " | sent"]
    if not result.update_held:
        return [offer]
    if not result.held:
        return [f"{offer} held", offer, " | held"]
    why = f" held: {stage3.escape(result.held)}"
    return [offer + why, f" |{why}", f"{offer} held", offer, " | held"]


def what_is_told(result, status, dry_run, columns):
    """All behind the status, in so many columns."""
    error, parts = stage3.escape(result.error), firmware_parts(result, status)
    mark = width(parts[-1]) if len(parts) > 1 else 0
    is_about_update = result.errors and result.errors[0].cause in ("not_installed", "lost")
    needed = mark + (len(ERROR) + min(width(error), ERROR_WORDS) if is_about_update else 0)
    name, most = name_of(result, dry_run), 128 if dry_run else 64
    told = friendly_part(result, name, most)
    excess = width(told) + needed - columns
    if needed and excess > 0:
        whole = min(width(name), most)
        told = friendly_part(result, name, whole - min(excess, max(whole - LEAST_NAME, 0)))
    if error:
        told += ERROR
        told += shortened_errors(error, max(columns - width(told) - mark, 0))
    return told + next((part for part in parts if width(part) <= columns - width(told)), "")


def device_line(result, address_text, dry_run, colored=False, columns=79):
    """`address_text` is shown for an entry whose address cannot be used."""
    status = result.ota_status or "error"
    place = result.address or shortened(stage3.escape(address_text or result.key), 32)
    who = f" {shortened(stage3.escape(result.model), 20) or '?'} @ {place} - "
    ota = "OTA=" + ("updateable" if status == "update_available" else status)
    rest = what_is_told(result, status, dry_run, max(columns - 1 - width(who) - len(ota), 0))
    on, off = (COLORS.get(status, RED), RESET) if colored else ("", "")
    return f"{on}●{off}{who}{on}{ota}{off}{rest}"
