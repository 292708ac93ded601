"""A device as one line, as the command `stage3` prints it."""

import re

import stage3

RED, GREEN, YELLOW, RESET = "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[0m"
COLORS = {"up_to_date": GREEN, "skipped": GREEN, "update_available": YELLOW}

# Columns of a name, of one that is changed, and those without which nothing of it is shown.
NAME, CHANGED_NAME, LEAST_NAME = 64, 132, 5
MODEL, LEAST_MODEL = 20, 4
# Of an address that is none.
PLACE, LEAST_PLACE = 32, 12
ARROW = " -> "
ERROR = " | ERR="

width, shortened = stage3.display_width, stage3.shortened


def escape(text):
    """And so that nothing in it looks like the beginning of another part of the line."""
    return re.sub(r"\|(?= (?:Friendly|ERR|FW)=)|-(?= OTA=)", lambda mark: f"\\x{ord(mark[0]):02x}", stage3.escape(text))


def names_of(result):
    """The name, and for one that was written what the device was called before, else None."""
    if result.friendly_status == "error":
        return escape(result.wanted_name), None
    if result.friendly_status != "ok":
        return "", None
    if result.name_changed:
        return escape(result.wanted_name), escape("?" if result.previous_name is None else result.previous_name)
    return escape(result.wanted_name if result.device_name is None else result.device_name), None


def whole_name(now, before):
    return now if before is None else before + ARROW + now


def name_in(now, before, columns):
    """The name in so many columns, empty where they are too few to tell anything."""
    whole = whole_name(now, before)
    if width(whole) <= columns:
        return whole
    if before is None:
        cut = shortened(whole, columns)
        return cut if columns >= LEAST_NAME and cut != "..." else ""
    others = len(ARROW) + width(now)
    if columns >= others + LEAST_NAME:
        return shortened(before, columns - others) + ARROW + now
    arrow = ARROW[1:]
    return arrow + shortened(now, columns - len(arrow)) if columns >= len(arrow) + min(LEAST_NAME, width(now)) else ""


def name_width(result):
    now, before = names_of(result)
    return min(width(whole_name(now, before)), NAME if before is None else CHANGED_NAME)


def whole_line(result, address_text, ota, status):
    """As for a log: nothing is cut, however long it is."""
    name = whole_name(*names_of(result))
    friendly = "" if result.friendly_status is None else f" | Friendly={result.friendly_status}" + (f" ({name})" if name else "")
    who = f" {escape(result.model) or '?'} @ {result.address or escape(address_text or result.key)} - "
    return "●" + who + ota + friendly + error_parts(result)[0] + next(iter(firmware_parts(result, status)), "")


def friendly_part(result, columns):
    if result.friendly_status is None:
        return ""
    name = name_in(*names_of(result), min(columns, name_width(result)))
    return f" | Friendly={result.friendly_status}" + (f" ({name})" if name else "")


def in_short(error, has_room):
    """The short form; an HTTP status stays what scripts look for, where there is room with the RPC's code behind it."""
    status = f"{error.part}: HTTP {error.http_status}"
    if error.cause not in ("http", "rpc") or not error.http_status:
        return error.short
    return f"{status} ({error.rpc_code})" if has_room and 0 < abs(error.rpc_code) <= 99999 else status


def error_parts(result):
    """The errors: the whole texts first, then their short forms, then the first of these alone."""
    if not result.errors:
        return [""]
    short = "; ".join(in_short(error, True) for error in result.errors)
    first = in_short(result.errors[0], False) + ("..." if len(result.errors) > 1 else "")
    return [ERROR + escape(result.error), ERROR + short, ERROR + first]


def in_words(time):
    """How long something was ago."""
    seconds = max(int(time.total_seconds()), 0)
    for unit, size in ("days", 86400), ("h", 3600), ("min", 60):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def firmware_parts(result, status):
    """What became of the firmware, or what is on offer: the longest first of the ways to say it.

    More than one where something became of it: each tells that, and the last of them is its mark.
    """
    record = result.ota
    if result.update_ended and record and record.state == "updated":
        return [f" | FW={escape(record.from_)} -> {escape(record.to)} updated", " | updated"]
    if record and record.state == "sent" and not result.update_sent:
        when = f" started {in_words(result.finished - record.sent_at)} ago"
        firmware = f" | FW={escape(record.from_)} -> {escape(record.to)}"
        return [firmware + when, f" |{when}", " | started"]
    if status != "update_available" or not result.update:
        return []
    offer = f" | FW={escape(result.fw)} -> {escape(result.update)}"
    if result.update_sent:
        return [f"{offer} sent", " | sent"]
    if not result.update_held:
        return [offer]
    if not result.held:
        return [f"{offer} held", " | held"]
    why = f" held: {escape(result.held)}"
    return [offer + why, f" |{why}", f"{offer} held", " | held"]


def with_shorter_name(result, error, mark, columns, keeps_name):
    """The name has what this error and the mark leave."""
    left = columns - width(friendly_part(result, 0) + error + mark) - len(" ()")
    least = 0
    if keeps_name:
        least = LEAST_NAME if names_of(result)[1] is None else LEAST_NAME + len(ARROW) - 1
    return friendly_part(result, max(left, least)) + error


def what_is_told(result, status, columns, strict):
    """All behind the status, and last the firmware: the richest way that fits.

    If none does, the shortest that has all that programs look for, or, in `strict` columns, the first error and the mark.
    """
    errors, firmware = error_parts(result), firmware_parts(result, status)
    mark = firmware[-1] if len(firmware) > 1 else ""
    left = columns - width(mark)
    for error in errors[:2]:
        told = friendly_part(result, name_width(result)) + error
        if width(told) <= left:
            return told, next((part for part in firmware if width(told + part) <= columns), "")
    for error in errors[1:] or errors:
        told = with_shorter_name(result, error, mark, columns, not strict)
        if width(told) <= left:
            return told, mark
        # What is wrong is worth more than what the device is called.
        if strict and width(error) <= left:
            return error, mark
    return errors[-1] if strict else with_shorter_name(result, errors[-1], mark, columns, True), mark


def who_in(result, address_text, columns):
    """` S2PMG3 @ 192.168.1.35 - ` in so many columns, or as few as it can do with."""
    def text(most_model, most_place):
        place = result.address or shortened(escape(address_text or result.key), most_place)
        return f" {shortened(escape(result.model), most_model) or '?'} @ {place} - "

    place = PLACE
    excess = width(text(MODEL, place)) - columns
    if excess > 0 and not result.address:
        shown = min(width(escape(address_text or result.key)), PLACE)
        place = min(max(shown - excess, LEAST_PLACE), PLACE)
        excess = width(text(MODEL, place)) - columns
    if excess <= 0:
        return text(MODEL, place)
    shown = min(width(escape(result.model)), MODEL)
    return text(min(max(shown - excess, LEAST_MODEL), MODEL), place)


def device_line(result, address_text, colored=False, columns=79, strict=False):
    """`address_text` is shown for an entry whose address cannot be used. A `strict` line never takes more columns; with None
    nothing is cut."""
    status = result.ota_status or "error"
    ota = "OTA=" + ("updateable" if status == "update_available" else status)
    if columns is None:
        return whole_line(result, address_text, ota, status)
    left = columns - len("●")
    usual = width(who_in(result, address_text, left)) + len(ota)
    told, firmware = what_is_told(result, status, max(left - usual, 0), strict)
    who = who_in(result, address_text, max(left - len(ota) - width(told + firmware), 0) if strict else left)
    # What became of the firmware is the last to go.
    shown = shortened(who + ota + told, max(left - width(firmware), 0)) if strict else who + ota + told
    if not colored:
        return f"●{shown}{firmware}"
    dot = RED if result.outcome == "failed" else COLORS.get(status, RED)
    begin, end = min(len(who), len(shown)), min(len(who) + len(ota), len(shown))
    shown_ota = f"{COLORS.get(status, RED)}{shown[begin:end]}{RESET}" if begin < end else ""
    return f"{dot}●{RESET}{shown[:begin]}{shown_ota}{shown[end:]}{firmware}"
