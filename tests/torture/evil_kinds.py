"""What torture-evil's devices do, and the truth about each that a run has to tell."""

SILENT = r"(reach: answers ping, not HTTPS?: (timeout|connection reset|closed without an answer))?"
UNREADABLE = "identity: cannot be read: "
NOT_JSON = r"answer is not JSON \(.*\)"
CUT = rf"(answer cut short|{NOT_JSON})"
KEPT = 'device kept the name "Alt"'

# Kind: (what is told when it strikes at the identity, what when it strikes at every later call).
FLOODS = {
    "endless-body": ("answer too large", "friendly: answer too large; OTA: answer too large"),
    "endless-chunks": ("answer too large", "friendly: answer too large; OTA: answer too large"),
    "endless-headers": ("answer too large", "friendly: answer too large; OTA: answer too large"),
    "one-header": ("(headers|answer) too large", "friendly: (headers|answer) too large; OTA: (headers|answer) too large"),
    "1xx-flood": ("answer too large", "friendly: answer too large; OTA: answer too large"),
}
SLOW = {
    "drip": ("timeout", "friendly: timeout; OTA: timeout"),
    "half-open": (None, "friendly: timeout; OTA: timeout"),
    "hoard": ("timeout", "friendly: timeout; OTA: timeout"),
}
BOMBS = {
    "gzip-content": (NOT_JSON, f"friendly: {KEPT}; OTA: {NOT_JSON}"),
    "gzip-transfer": (NOT_JSON, f"friendly: {KEPT}; OTA: {NOT_JSON}"),
    "depth-bomb": (NOT_JSON, f"friendly: {KEPT}; OTA: {NOT_JSON}"),
    "number-bomb": (NOT_JSON + "|answer has no MAC",
                    f"friendly: {KEPT}; OTA: ({NOT_JSON}|answer has an offer without a version)"),
    "garbage": (f"answer is not HTTP|{NOT_JSON}",
                f"friendly: (answer is not HTTP|{KEPT}); OTA: (answer is not HTTP|{NOT_JSON})"),
}
LENGTHS = {
    "length-too-long": ("answer cut short", "friendly: answer cut short; OTA: answer cut short"),
    "length-too-long-held": ("timeout", "friendly: timeout; OTA: timeout"),
    "length-too-short": (NOT_JSON, f"OTA: {NOT_JSON}"),
    "length-absurd": (f"answer is not HTTP|{NOT_JSON}", f"(friendly: answer is not HTTP; )?OTA: (answer is not HTTP|{NOT_JSON})"),
    "length-twice": (NOT_JSON, f"OTA: {NOT_JSON}"),
    "early-close": (None, f"(friendly: (answer cut short|closed without an answer); )?OTA: ({CUT}|closed without an answer)"),
    "reset": (None, "friendly: connection reset; OTA: connection reset"),
}
ELSEWHERE = {
    "redirect-http": ("HTTP 30[12378]", r"friendly: HTTP 30\d; OTA: HTTP 30\d"),
    "redirect-https": ("HTTP 30[12378]", r"friendly: HTTP 30\d; OTA: HTTP 30\d"),
    "redirect-file": ("HTTP 30[12378]", r"friendly: HTTP 30\d; OTA: HTTP 30\d"),
    "status-429": ("HTTP 429", r"(friendly: HTTP 429; )?auth: HTTP 429 \(too many logins\)"),
}
CHALLENGES = {
    "basic": ("HTTP 401", "auth: no login sent: no digest challenge"),
    "md5": ("HTTP 401", "auth: no login sent: challenge is not SHA-256"),
    "ntlm": ("HTTP 401", "auth: no login sent: no digest challenge"),
    "negotiate": ("HTTP 401", "auth: no login sent: no digest challenge"),
    "wrong-realm-md5": ("HTTP 401", "auth: no login sent: challenge is not SHA-256"),
    "wrong-realm": ("HTTP 401", "auth: no login sent: challenge is for another realm"),
    "several": ("HTTP 401", "auth: no login sent: (more than one digest challenge|challenge .*)"),
}
ALL = {**FLOODS, **SLOW, **BOMBS, **LENGTHS, **ELSEWHERE, **CHALLENGES}
# Answers of which nothing is wrong, whatever comes with them.
GOOD = ("harmless", "late-bytes", "login")


def truth(kind):
    """(outcomes, pattern of the error texts) of a device of this kind, `=N` and `@WHERE` included."""
    name, _, where = kind.partition("@")
    if name in GOOD:
        return ("ok",), ""
    if where.isdigit():
        return truth_of_step(name, int(where))
    identity, later = ALL[name]
    if where:
        return ("failed",), later
    if name in ("early-close", "reset"):
        return ("offline", "failed"), rf"{SILENT}|{UNREADABLE}({CUT}|connection reset)"
    if identity is None:
        return ("offline",), SILENT
    if name == "redirect-https":  # a 303 leads nowhere
        return ("failed",), f"identity: redirects to another address|{UNREADABLE}HTTP 303"
    # A drip may be so slow that not even the status line comes.
    return (("failed", "offline") if name == "drip" else ("failed",)), rf"{UNREADABLE}({identity})|{SILENT if name == 'drip' else UNREADABLE + '-'}"


def truth_by_tls(kind):
    """The same of a device that is asked by TLS: a redirect leads nowhere from there."""
    if kind == "redirect-https":
        return ("failed",), UNREADABLE + ALL[kind][0]
    return truth(kind)


# The steps behind the identity: 2 the name, 3 the name read back, 4 the update check, 5 whether it sleeps, 6 the identity again,
# 7 the update.
STEPS = range(2, 8)


def truth_of_step(name, step):
    """The same if just one step is struck."""
    if step == 3:  # what cannot be read back is not told
        return ("ok",), ""
    identity, later = ALL[name]
    friendly, has_ota, ota = later.partition("OTA: ")
    if step == 6:
        return ("failed",), f"{UNREADABLE}({identity or ota})"
    if step == 5 and name not in CHALLENGES:  # who does not tell is no sleeper that anybody knows of
        return ("ok",), ""
    if name == "status-429":  # which is over once it is asked without a login
        return ("ok", "failed"), "((friendly|OTA): HTTP 429)?"
    if not has_ota:
        return ("failed",), later
    if step == 2:
        friendly = friendly.replace("; )?", ")?").removesuffix("; ")
        return (("ok", "failed") if not friendly or friendly.endswith("?") else ("failed",)), friendly
    if step == 4 or name in ELSEWHERE:
        return ("failed",), f"OTA: {ota}"
    return ("ok",), "(OTA: may have started, (no answer|the answer cannot be read))?"
