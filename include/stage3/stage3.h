#ifndef STAGE3_STAGE3_H
#define STAGE3_STAGE3_H

/*
 * The C interface of libstage3, which provisions fleets of Shelly Gen2+ devices: it asks every
 * device of a state file (or handed over in memory) at once whether it is there and the right one,
 * writes its wanted name, looks for newer firmware, starts the update if told to, and records the
 * outcome in the state file.
 *
 *     config --> store --> runner --> results --> store
 *                            |
 *                            +-- work() on your threads, or workers in your event loop
 *
 * A run in short: stage3_run(). With a configuration or an event loop of your own: stage3_job_new()
 * and the functions beside it, which lock, record and save in the same way. With devices that stand
 * in no file: stage3_runner_new(), stage3_runner_add(), stage3_runner_work(). Stores and locks by
 * themselves are for programs that record results of elsewhere.
 *
 * OWNERSHIP
 *   A handle that a function gives out in `ret_...` is the caller's and is freed with the function
 *   named at its type; freeing NULL does nothing. `ret_...` is set on success only. What is passed
 *   in is copied: it need not outlive the call, except where a pointer is called `user`, which the
 *   library passes on and never looks into. Texts that the library returns are its own, valid as
 *   long as the handle they came from; they are UTF-8 and end with a NUL. A device can put any
 *   character into its texts: pass them through stage3_escape() before they reach a terminal or a
 *   log. (A NUL inside of a text ends it here; stage3_result_json() shows what comes behind.)
 *
 * THREADS
 *   The library starts no thread. All work is done inside stage3_runner_work(),
 *   stage3_worker_run(), stage3_worker_step(), stage3_job_run() and stage3_run(), on the thread
 *   that calls them; no pthread_cancel() may end it there. A runner may be used from any number of
 *   threads at once, and so may a store, except that only one may save it at a time. Results never
 *   change and may be read from any number of threads. A config, a worker and a lock belong to one
 *   thread at a time, which may pass them on. Two saves of one store, or two steps of one worker,
 *   that meet all the same do no harm: the later one returns STAGE3_E_REENTRANT. With a config or a
 *   lock nobody notices. No handle may be used while or after another thread frees it; but a work,
 *   run or step that has called back already keeps what it needs.
 *
 * CALLBACKS
 *   Those of a run are called only inside stage3_runner_work(), stage3_worker_run(),
 *   stage3_worker_step(), stage3_run() and the functions of a job that run and save, on the thread
 *   that called those, with no lock held. With several threads at work, several callbacks may run
 *   at the same time. All of them are optional. One that returns non-zero cancels the run.
 *   From inside a callback everything may be called, with these exceptions: stage3_runner_work(),
 *   stage3_worker_run(), stage3_worker_step(), stage3_job_run() and stage3_run() return
 *   STAGE3_E_REENTRANT, whichever run they are for; and what is freed while its own call is under
 *   way lives until that call returns.
 *   They must return: no longjmp(), no pthread_exit(), no C++ exception. An exception that comes
 *   all the same goes no further: the function that has called back returns
 *   STAGE3_E_INVALID_ARGUMENT, with a message that names the callback (STAGE3_E_NOMEM for
 *   std::bad_alloc), and the run is cancelled. An on_password that writes no NUL is told likewise.
 *   `destroy` has nobody to tell: what it throws is dropped.
 *
 * ERRORS
 *   A function that returns `int` returns a value >= 0 on success and a negative STAGE3_E_... else.
 *   The last argument tells more: where a stage3_error is passed it is filled on failure and left
 *   alone on success; NULL is fine. What happens to one device is never such an error: it is in
 *   that device's result. Codes are part of the interface, texts are not and may change. A handle
 *   that is NULL where one is needed is STAGE3_E_INVALID_ARGUMENT; functions that return no code
 *   want a handle that is not NULL.
 *   Every function that returns a code may return STAGE3_E_NOMEM or STAGE3_E_INTERNAL; the blocks
 *   below name the others.
 *
 * FORK
 *   Stores, locks, runners and workers belong to the process that made them. In a child made by
 *   fork() their functions return STAGE3_E_FORKED and do nothing; freeing a runner or a worker
 *   there does nothing either, since what they hold in the kernel is shared with the parent: the
 *   memory is given back when the child ends or calls exec. Configs and results are plain memory
 *   and may be used on both sides. The lock of a run stays held as long as the parent's handle or
 *   any child that has neither freed it nor called exec lives. A child that is made inside of a
 *   callback must not return from it: it calls exec or _exit().
 *
 * ENVIRONMENT
 *   The library prints nothing, ends nothing, installs no signal handler, and reads no environment
 *   variable and no locale of its own accord. The TLS library below libcurl does read variables
 *   (OpenSSL: OPENSSL_CONF, OPENSSL_CONF_INCLUDE, OPENSSL_ENGINES, OPENSSL_MODULES), and libcurl
 *   writes the keys of connections where SSLKEYLOGFILE says: a program that does not trust its
 *   environment unsets them before it makes the first runner. All descriptors are opened
 *   close-on-exec. Writing to sockets raises no SIGPIPE.
 *
 * VERSIONS
 *   Before 1.0 the interface may change with each minor version (and the name of the shared library
 *   with it). From 1.0 on it is only added to: functions, constants, and members at the end of
 *   structs. Each struct that crosses the border therefore begins with `struct_size`, which its
 *   STAGE3_..._INIT macro fills in; every other member is zero then. What a caller built with an
 *   older header leaves out counts as zero; what a caller built with a newer header sets beyond
 *   what the library knows is STAGE3_E_INVALID_ARGUMENT rather than ignored. Values that an enum
 *   does not name may come from a newer library: treat them as unknown.
 *
 * Options and words are those of the configuration file and of the state file; docs/ explains them.
 */

#include <stddef.h>
#include <stdint.h>

/*
 * STAGE3_NODISCARD: gcc and clang warn where the code is dropped that says whether it was done. A
 * (void) is not enough for gcc: put the code into a variable. Who defines the macro as nothing
 * before this header is included has no such warnings.
 */
#if defined(__GNUC__)
#define STAGE3_API __attribute__((visibility("default")))
#ifndef STAGE3_NODISCARD
#define STAGE3_NODISCARD __attribute__((warn_unused_result))
#endif
#else
#define STAGE3_API
#ifndef STAGE3_NODISCARD
#define STAGE3_NODISCARD
#endif
#endif

#ifdef __cplusplus
#define STAGE3_NOEXCEPT noexcept
extern "C" {
#else
#define STAGE3_NOEXCEPT
#endif

/* --- Version --------------------------------------------------------------------------------- */

/* The version of this header. */
#define STAGE3_VERSION_MAJOR 0
#define STAGE3_VERSION_MINOR 1
#define STAGE3_VERSION_PATCH 0

/* A version as one number that grows with it. */
#define STAGE3_VERSION_PACK(major, minor, patch) (((major) << 16) | ((minor) << 8) | (patch))
#define STAGE3_VERSION \
  STAGE3_VERSION_PACK(STAGE3_VERSION_MAJOR, STAGE3_VERSION_MINOR, STAGE3_VERSION_PATCH)

/*
 * The version of the library that is linked in, packed as STAGE3_VERSION is.
 * Any thread. Since 0.1.
 */
STAGE3_API int stage3_version(void) STAGE3_NOEXCEPT;

/*
 * The same as text, "0.1.0". Static. Any thread. Since 0.1.
 */
STAGE3_API const char* stage3_version_text(void) STAGE3_NOEXCEPT;

/* --- Errors ---------------------------------------------------------------------------------- */

enum {
  STAGE3_E_INVALID_ARGUMENT = -1, /* the caller's value is missing, malformed or out of range */
  STAGE3_E_CONFIG = -2,           /* configuration or secrets file: unreadable, against the rules */
  STAGE3_E_STATE_READ = -3,       /* state file: unreadable, malformed, of an unknown version */
  STAGE3_E_STATE_WRITE = -4,      /* state file: cannot be saved; the old file is intact */
  STAGE3_E_LOCKED = -5,           /* another run holds the run lock */
  STAGE3_E_SYSTEM = -6,           /* the system refused what a run cannot do without */
  STAGE3_E_REENTRANT = -7,        /* called inside of a callback, or beside another thread's call */
  STAGE3_E_FORKED = -8,           /* a parent's handle was used in the child */
  STAGE3_E_NOMEM = -9,            /* out of memory */
  STAGE3_E_INTERNAL = -10         /* a defect of the library: please report it */
};

/*
 * More about a failure. The caller's: set struct_size (STAGE3_ERROR_INIT), pass it, read it after a
 * negative return. Texts that do not fit are cut at the end, never inside of a character.
 */
typedef struct stage3_error {
  size_t struct_size;
  int code;           /* what the function returned */
  int line;           /* in `path`, from 1; 0: unknown */
  int column;         /* in bytes, from 1; 0: unknown */
  int reserved;       /* 0 */
  char message[1024]; /* for people, complete: "path:line:column: what is wrong" */
  char path[1024];    /* the file concerned; "": none */
} stage3_error;
#define STAGE3_ERROR_INIT \
  { sizeof(stage3_error), 0, 0, 0, 0, "", "" }

/*
 * The word for a code, "invalid_argument" for STAGE3_E_INVALID_ARGUMENT; "" for an unknown one.
 * Static. Any thread. Since 0.1.
 */
STAGE3_API const char* stage3_error_word(int code) STAGE3_NOEXCEPT;

/* --- Configuration --------------------------------------------------------------------------- */

/* The section `stage3` of a config.yaml. Freed with stage3_config_free(). */
typedef struct stage3_config stage3_config;

/*
 * Makes a configuration that has every option at its default.
 * Any thread. Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_config_new(stage3_config** ret_config, stage3_error* error) STAGE3_NOEXCEPT;

/*
 * Reads a YAML file of at most 1 MiB; sections other than `stage3` are ignored. Unknown and
 * duplicate keys, wrong types and values out of range are errors with line and column. So is a file
 * without the section (misspelled, in the wrong place, or not there: no line then), since defaults
 * write names; `stage3:` with nothing in it has every option at its default.
 * Any thread. Errors: INVALID_ARGUMENT (NULL), CONFIG. Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_config_load(const char* path, stage3_config** ret_config,
                                  stage3_error* error) STAGE3_NOEXCEPT;

/*
 * The same for `size` bytes of YAML in memory; `name` stands for the path in messages.
 * Any thread. Errors: INVALID_ARGUMENT (NULL), CONFIG. Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_config_parse(const char* yaml, size_t size, const char* name,
                                   stage3_config** ret_config, stage3_error* error) STAGE3_NOEXCEPT;

/*
 * Sets one option from text, by its key as in the file: ("ota.mode", "check_only"). A list is a
 * JSON array of strings, or one item as it is.
 * One thread at a time. Errors: INVALID_ARGUMENT for NULL, an unknown key (the message names the
 * nearest one) and an unfit value; nothing is changed then. Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_config_set(stage3_config* config, const char* key, const char* value,
                                 stage3_error* error) STAGE3_NOEXCEPT;

/*
 * The value of one option as text that stage3_config_set() would take. Valid until the option is
 * asked for again or the configuration is freed.
 * One thread at a time. Errors: INVALID_ARGUMENT (NULL, unknown key). Since 0.1.
 */
STAGE3_API int stage3_config_get(stage3_config* config, const char* key, const char** ret_value,
                                 stage3_error* error) STAGE3_NOEXCEPT;

/*
 * All keys in the order of the documentation, counted from 0; NULL beyond the last one.
 * Static. Any thread. Since 0.1.
 */
STAGE3_API const char* stage3_config_key(size_t index) STAGE3_NOEXCEPT;

/*
 * The text of a file in which every key stands with its default, what it is for and what it may
 * be, as `stage3 init` writes it: stage3_config_parse() makes of it what stage3_config_new() makes.
 * NULL: no memory.
 * Static. Any thread. Since 0.1.
 */
STAGE3_API const char* stage3_config_default_file(void) STAGE3_NOEXCEPT;

/*
 * Since 0.1.
 */
STAGE3_API void stage3_config_free(stage3_config* config) STAGE3_NOEXCEPT;

/* --- Devices --------------------------------------------------------------------------------- */

/* The entry's wanted name is there, but not a string: its friendly_status will be `error`. */
#define STAGE3_DEVICE_BAD_WANTED_NAME 1u

/* Where the last update of a device stands. "Started" is not "installed". */
enum {
  STAGE3_UPDATE_NONE = 0,      /* there is no record, or there is to be none any more */
  STAGE3_UPDATE_SENT = 1,      /* it was, or is about to be, sent; its end has not been seen */
  STAGE3_UPDATE_UPDATED = 2,   /* the device has shown that it runs what it was sent */
  STAGE3_UPDATE_UNCHANGED = 3, /* it still runs what it ran before */
  STAGE3_UPDATE_UNSTABLE = 4,  /* it runs what it was sent, and has rebooted again at once */
  STAGE3_UPDATE_OTHER = 5,     /* it runs neither */
  STAGE3_UPDATE_REFUSED = 6,   /* it declined for good */
  STAGE3_UPDATE_LOST = 7,      /* it was not there once an update should be over */
  STAGE3_UPDATE_UNREADABLE = 8 /* there is a record, and it cannot be read: nothing is sent */
};

/*
 * The words of `stage3.ota.state` for the values above; "" for NONE, UNREADABLE and values that are
 * unknown. Static. Any thread. Since 0.1.
 */
STAGE3_API const char* stage3_update_state_word(int state) STAGE3_NOEXCEPT;

/*
 * The record of a device's last update: `stage3.ota` in the state file. Who keeps devices elsewhere
 * keeps it as a whole, and hands it over with the device the next time: without it an update that
 * was sent is forgotten, and may be sent again. Set struct_size (STAGE3_UPDATE_RECORD_INIT), and
 * but for NONE and UNREADABLE `to` and `sent_at`, where you hand one over; leave the others zero or
 * NULL where there is nothing to say.
 */
typedef struct stage3_update_record {
  size_t struct_size;
  size_t reserved;  /* 0 */
  int state;        /* STAGE3_UPDATE_... */
  int attempts;     /* how often this build was sent; 0 counts as 1 */
  int64_t sent_at;  /* seconds since the epoch (UTC) */
  int64_t ended_at; /* likewise: when the new build began to run, or the end was seen; 0: not yet */
  const char* from; /* the version that ran when it was sent */
  const char* to;   /* the version that was sent */
  const char* build; /* its build id; NULL: the offer had none */
  const char* error; /* why it has failed, or what is not known of it, for people; NULL: nothing */

  /* In a request of on_update, and for stage3_store_record_update(): the key that the device was
     asked with by TLS, to be on record (`tls_key`, `tls_port` there) before the update is sent. Who
     forgets it takes any key the next time if nothing comes after the send. Zero elsewhere. */
  const char* tls_key;    /* as in stage3_on_record; NULL: it was not asked by TLS */
  size_t tls_port;        /* 0 without a key */
  size_t tls_key_changed; /* 1: it takes the place of another one, as on_key_change has said */
  size_t reserved_2;      /* 0: no gap at the end */
} stage3_update_record;
#define STAGE3_UPDATE_RECORD_INIT \
  { sizeof(stage3_update_record), 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, 0, 0, 0 }

/*
 * What the state file says of a device, as earlier runs have left it. What is absent there is zero
 * or NULL, and so is what no run can have written: a value of another type, an unknown word, a time
 * more than a day ahead (an `ota` is UNREADABLE then, and its times are as they are). Set
 * struct_size (STAGE3_ON_RECORD_INIT) where you hand one over.
 */
typedef struct stage3_on_record {
  size_t struct_size;
  size_t reserved;          /* 0: the members stand alike on 32 and 64 bits, without gaps */
  int ota_status;           /* STAGE3_OTA_... */
  int friendly_status;      /* STAGE3_FRIENDLY_... */
  int64_t last_run;         /* seconds since the epoch (UTC): when a run was done with it */
  int64_t last_seen;        /* likewise: when the right device last answered */
  const char* fw;           /* the version it ran then */
  const char* update;       /* the newer one that was offered */
  const char* device_name;  /* its name after the run; "": it had none */
  const char* error;        /* what went wrong, for people */
  const char* tls_key;      /* "sha256//..." in base64: by TLS with this key only; NULL, "": any */
  size_t tls_port;          /* where it spoke TLS, 1 to 65535; 0 without a key */
  const char* fw_id;        /* the build it ran then */
  const char* app;          /* which firmware its updates are of */
  const char* update_build; /* the build id of what was offered */
  const stage3_update_record* ota; /* its last update; NULL: none */
  int64_t failing_since; /* like last_run: when it first failed or was offline, without having
                            done well in between; 0: it does well */
  const char* error_id;  /* the ids of its errors, as stage3_result_error_id() */
  size_t reserved_2;     /* 0: no gap at the end either */
} stage3_on_record;
#define STAGE3_ON_RECORD_INIT                                                                   \
  {                                                                                             \
    sizeof(stage3_on_record), 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, \
        NULL, 0, NULL, 0                                                                        \
  }

/*
 * One known device. Set struct_size (STAGE3_DEVICE_INIT), `mac` and `address`; leave the others
 * zero where there is nothing to say. Where the library fills one, its texts, aliases and
 * `on_record` are the library's.
 */
typedef struct stage3_device {
  size_t struct_size;
  const char* key;            /* of its entry in the state file, as spelled; NULL: the MAC */
  const char* mac;            /* 12 hex digits, bare or in pairs with ':' or '-' */
  const char* address;        /* `ip`, `ip:port` or `[v6]:port`, with http:// (never by TLS) or
                                 https:// (by TLS) before or not; nothing that needs resolving */
  const char* model;          /* for display; NULL: none */
  const char* wanted_name;    /* NULL: none */
  const char* const* aliases; /* other MACs that the device may report; NULL: none */
  size_t alias_count;
  const char* defect; /* not NULL: the entry cannot be used, and why; it is reported as failed,
                         never asked, and `mac` and `address` may be NULL */
  void* user;         /* yours: stage3_result_user() */
  size_t flags;       /* STAGE3_DEVICE_... */
  const stage3_on_record* on_record; /* NULL: nothing; comes back with the device in callbacks */
  const char* site; /* where it is, in the operator's words, by which it can be selected; NULL: not
                       said */
} stage3_device;
#define STAGE3_DEVICE_INIT \
  { sizeof(stage3_device), NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, 0, NULL, NULL }

/* --- Results --------------------------------------------------------------------------------- */

/* What became of a device, in one word. */
enum {
  STAGE3_OUTCOME_OK = 1,
  STAGE3_OUTCOME_FAILED = 2,   /* a hard OTA, name, identity, login or entry error */
  STAGE3_OUTCOME_OFFLINE = 3,  /* it gave no HTTP answer at all */
  STAGE3_OUTCOME_CANCELLED = 4 /* never started, or abandoned; nothing is recorded for it */
};

/* The closed set of `ota_status`. */
enum {
  STAGE3_OTA_NONE = 0, /* cancelled, or the entry cannot be used */
  STAGE3_OTA_UP_TO_DATE = 1,
  STAGE3_OTA_UPDATE_AVAILABLE = 2,
  STAGE3_OTA_OFFLINE = 3,
  STAGE3_OTA_CHECK_FAILED = 4,
  STAGE3_OTA_ERROR = 5,
  STAGE3_OTA_SKIPPED = 6
};

/* The closed set of `friendly_status`. */
enum {
  STAGE3_FRIENDLY_NONE = 0, /* not reached: the recorded one stays */
  STAGE3_FRIENDLY_OK = 1,
  STAGE3_FRIENDLY_NO_VALUE = 2,
  STAGE3_FRIENDLY_ERROR = 3,
  STAGE3_FRIENDLY_SKIPPED = 4
};

/* The part of the work that an error belongs to; the first word of its text. */
enum {
  STAGE3_PART_REACH = 1,
  STAGE3_PART_IDENTITY = 2,
  STAGE3_PART_AUTH = 3,
  STAGE3_PART_OTA = 4,
  STAGE3_PART_FRIENDLY = 5,
  STAGE3_PART_ENTRY = 6
};

/* The kind of a device's error. */
enum {
  STAGE3_CAUSE_REFUSED = 1,     /* TCP connection refused */
  STAGE3_CAUSE_UNREACHABLE = 2, /* no route, host or network unreachable */
  STAGE3_CAUSE_RESET = 3,       /* connection reset */
  STAGE3_CAUSE_CLOSED = 4,      /* closed without an answer, or in the middle of one */
  STAGE3_CAUSE_TIMEOUT = 5,
  STAGE3_CAUSE_HTTP = 6,            /* an HTTP status other than 200 */
  STAGE3_CAUSE_RPC = 7,             /* an RPC error object */
  STAGE3_CAUSE_MALFORMED = 8,       /* an answer that is not what was asked for */
  STAGE3_CAUSE_TOO_LARGE = 9,       /* an answer beyond the limits */
  STAGE3_CAUSE_WRONG_DEVICE = 10,   /* another MAC than the entry's */
  STAGE3_CAUSE_UNSUPPORTED = 11,    /* Gen1 */
  STAGE3_CAUSE_LOGIN_REQUIRED = 12, /* no password is known */
  STAGE3_CAUSE_LOGIN_REFUSED = 13,  /* the password was not accepted */
  STAGE3_CAUSE_LOGIN_DECLINED = 14, /* the challenge was not one a password may be sent to */
  STAGE3_CAUSE_NAME_MISMATCH = 15,  /* the device kept another name than the one written */
  STAGE3_CAUSE_NAME_UNKNOWN = 16,   /* the name cannot be read, and must be known */
  STAGE3_CAUSE_BAD_VALUE = 17,      /* the entry's value cannot be used */
  STAGE3_CAUSE_NO_ANSWER = 18,      /* the update may have started: no answer came */
  STAGE3_CAUSE_LOCAL = 19,          /* this machine could not ask */
  STAGE3_CAUSE_SENT_ALREADY = 20,   /* the update was sent to this device before, in this run */
  STAGE3_CAUSE_TLS = 21,            /* no TLS handshake came about: a fault in it, or no TLS */
  STAGE3_CAUSE_TLS_KEY = 22,        /* another TLS key than on record; nothing was sent */
  STAGE3_CAUSE_TLS_UNTRUSTED = 23,  /* a certificate that `network.tls_ca` does not vouch for */
  STAGE3_CAUSE_TLS_ONLY = 24,       /* it wants HTTPS, which the configuration forbids */
  STAGE3_CAUSE_TLS_MISSING = 25,    /* `network.tls` wants TLS, and the device has none */
  STAGE3_CAUSE_REDIRECTED = 26,     /* it sends whoever asks to another address */
  STAGE3_CAUSE_NOT_INSTALLED = 27,  /* an update has ended, and what it was to bring does not run */
  STAGE3_CAUSE_LOST = 28            /* an update was sent, and it was not there in the end */
};

/*
 * The words of the state file and of the JSON output for the values above; "" for 0 and for values
 * that are unknown. Static. Any thread. Since 0.1.
 */
STAGE3_API const char* stage3_outcome_word(int outcome) STAGE3_NOEXCEPT;
STAGE3_API const char* stage3_ota_status_word(int ota_status) STAGE3_NOEXCEPT;
STAGE3_API const char* stage3_friendly_status_word(int friendly_status) STAGE3_NOEXCEPT;
STAGE3_API const char* stage3_part_word(int part) STAGE3_NOEXCEPT;
STAGE3_API const char* stage3_cause_word(int cause) STAGE3_NOEXCEPT;

/* Of texts for people. */
enum { STAGE3_LANGUAGE_EN = 1, STAGE3_LANGUAGE_DE = 2 };

/*
 * What an error of this kind means, and what to do about it, in a sentence or two of UTF-8. The id
 * is that of a stage3_device_error, or one of those on record. NULL: no such id or language.
 * Static. Any thread. Since 0.1.
 */
STAGE3_API const char* stage3_error_meaning(const char* error_id, int language) STAGE3_NOEXCEPT;
STAGE3_API const char* stage3_error_advice(const char* error_id, int language) STAGE3_NOEXCEPT;

/*
 * All that is known about a device after its turn. Counted: the callback that gets one may use it
 * until it returns, and for longer with stage3_result_ref(). Freed by the last
 * stage3_result_unref().
 */
typedef struct stage3_result stage3_result;

/*
 * Keeps the result; returns it. Each call wants its own stage3_result_unref().
 * Any thread. Since 0.1.
 */
STAGE3_API const stage3_result* stage3_result_ref(const stage3_result* result) STAGE3_NOEXCEPT;

/*
 * Lets go of a result that was kept. NULL does nothing.
 * Any thread. Since 0.1.
 */
STAGE3_API void stage3_result_unref(const stage3_result* result) STAGE3_NOEXCEPT;

/*
 * What the device was added with: the key of its entry; its MAC, 12 upper-case hex digits ("" if
 * the entry cannot be used); its address, with the port where that is not 80, and with http:// or
 * https:// before it if it was given so (as the entry spells it if the entry cannot be used); its
 * model ("": none); its user pointer.
 * Any thread. Since 0.1.
 */
STAGE3_API const char* stage3_result_key(const stage3_result* result) STAGE3_NOEXCEPT;
STAGE3_API const char* stage3_result_mac(const stage3_result* result) STAGE3_NOEXCEPT;
STAGE3_API const char* stage3_result_address(const stage3_result* result) STAGE3_NOEXCEPT;
STAGE3_API const char* stage3_result_model(const stage3_result* result) STAGE3_NOEXCEPT;
STAGE3_API void* stage3_result_user(const stage3_result* result) STAGE3_NOEXCEPT;

/*
 * What became of it: STAGE3_OUTCOME_..., STAGE3_OTA_..., STAGE3_FRIENDLY_...
 * Any thread. Since 0.1.
 */
STAGE3_API int stage3_result_outcome(const stage3_result* result) STAGE3_NOEXCEPT;
STAGE3_API int stage3_result_ota_status(const stage3_result* result) STAGE3_NOEXCEPT;
STAGE3_API int stage3_result_friendly_status(const stage3_result* result) STAGE3_NOEXCEPT;

/*
 * What the device told about itself, "" where the right device did not: its id, its app (the short
 * name of its model), its firmware's version, that firmware's full id, the newer version that is
 * offered ("": none), and that one's build id ("": the offer had none).
 * Any thread. Since 0.1.
 */
STAGE3_API const char* stage3_result_id(const stage3_result* result) STAGE3_NOEXCEPT;
STAGE3_API const char* stage3_result_app(const stage3_result* result) STAGE3_NOEXCEPT;
STAGE3_API const char* stage3_result_fw(const stage3_result* result) STAGE3_NOEXCEPT;
STAGE3_API const char* stage3_result_fw_id(const stage3_result* result) STAGE3_NOEXCEPT;
STAGE3_API const char* stage3_result_update(const stage3_result* result) STAGE3_NOEXCEPT;
STAGE3_API const char* stage3_result_update_build(const stage3_result* result) STAGE3_NOEXCEPT;

/*
 * Names: the one on the device after the run ("": it has none; NULL: not known), the one wanted, in
 * its normal form, and with NAME_CHANGED the one before ("": it had none; NULL: it could not be
 * read, or nothing was changed).
 * Any thread. Since 0.1.
 */
STAGE3_API const char* stage3_result_device_name(const stage3_result* result) STAGE3_NOEXCEPT;
STAGE3_API const char* stage3_result_wanted_name(const stage3_result* result) STAGE3_NOEXCEPT;
STAGE3_API const char* stage3_result_previous_name(const stage3_result* result) STAGE3_NOEXCEPT;

#define STAGE3_RESULT_NAME_CHANGED 1u /* the name was written; in a dry run: would be */
#define STAGE3_RESULT_UPDATE_SENT                                                                \
  2u                                 /* Shelly.Update went out and was accepted, or not answered \
                                      */
#define STAGE3_RESULT_UPDATE_HELD 4u /* an update was wanted but not permitted in this run */
/* Another TLS key was on record than stage3_result_tls_key(), and on_key_change took it. */
#define STAGE3_RESULT_TLS_KEY_CHANGED 8u
/* The end of an update has been seen, one of this run or an earlier one: stage3_result_ota(). */
#define STAGE3_RESULT_UPDATE_ENDED 16u

/*
 * STAGE3_RESULT_... or-ed together.
 * Any thread. Since 0.1.
 */
STAGE3_API unsigned stage3_result_flags(const stage3_result* result) STAGE3_NOEXCEPT;

/*
 * With UPDATE_HELD: why, where there is a reason of its own; else "". For people.
 * Any thread. Since 0.1.
 */
STAGE3_API const char* stage3_result_held(const stage3_result* result) STAGE3_NOEXCEPT;

/*
 * What is to be on record of the device's last update from now on. NULL: what is there stays. One
 * of state NONE: there is to be none any more. The result's.
 * Any thread. Since 0.1.
 */
STAGE3_API const stage3_update_record* stage3_result_ota(const stage3_result* result)
    STAGE3_NOEXCEPT;

/*
 * Seconds since the epoch (UTC): when the device was done, and when the right device last answered
 * (0: it did not).
 * Any thread. Since 0.1.
 */
STAGE3_API int64_t stage3_result_finished_at(const stage3_result* result) STAGE3_NOEXCEPT;
STAGE3_API int64_t stage3_result_last_seen(const stage3_result* result) STAGE3_NOEXCEPT;

/*
 * Since when the device fails or is offline without having done well in between, in seconds since
 * the epoch (UTC): by what is on record of it, else this run's; 0: it does well.
 * Any thread. Since 0.1.
 */
STAGE3_API int64_t stage3_result_failing_since(const stage3_result* result) STAGE3_NOEXCEPT;

/*
 * How the right device was asked by TLS: at which port (0: it was not), with which key ("": none;
 * the SHA-256 of its public key, "sha256//..." as libcurl's CURLOPT_PINNEDPUBLICKEY has it), and
 * what its certificate says of today: "valid", "expired", "not yet valid", "without readable dates"
 * ("": none). Keep port and key, and hand them over in `on_record` the next time: then no other key
 * will do, and no plain HTTP.
 * Any thread. Since 0.1.
 */
STAGE3_API int stage3_result_tls_port(const stage3_result* result) STAGE3_NOEXCEPT;
STAGE3_API const char* stage3_result_tls_key(const stage3_result* result) STAGE3_NOEXCEPT;
STAGE3_API const char* stage3_result_tls_certificate(const stage3_result* result) STAGE3_NOEXCEPT;

/* One of a device's errors. Set struct_size (STAGE3_DEVICE_ERROR_INIT). */
typedef struct stage3_device_error {
  size_t struct_size;
  const char* text;     /* "<part>: <cause>", for people; the result's */
  int part;             /* STAGE3_PART_... */
  int cause;            /* STAGE3_CAUSE_... */
  int http_status;      /* 0: none */
  int rpc_code;         /* 0: none */
  const char* error_id; /* which kind of error it is, "auth.login_refused": stable; static */
} stage3_device_error;
#define STAGE3_DEVICE_ERROR_INIT \
  { sizeof(stage3_device_error), NULL, 0, 0, 0, 0, NULL }

/*
 * How many errors there are; the one at `index`, in the order in which they happened; and the texts
 * of all, joined by "; " ("": none; NULL: out of memory).
 * Any thread. Errors of stage3_result_error(): INVALID_ARGUMENT (NULL, no such index). Since 0.1.
 */
STAGE3_API size_t stage3_result_error_count(const stage3_result* result) STAGE3_NOEXCEPT;
STAGE3_API int stage3_result_error(const stage3_result* result, size_t index,
                                   stage3_device_error* ret_device_error,
                                   stage3_error* error) STAGE3_NOEXCEPT;
STAGE3_API const char* stage3_result_error_text(const stage3_result* result) STAGE3_NOEXCEPT;

/*
 * The error at `index` in at most 28 columns, the deciding word among them: "auth: refused". "":
 * the result has no such error; NULL: out of memory. The result's. Any thread. Since 0.1.
 */
STAGE3_API const char* stage3_result_error_short(const stage3_result* result,
                                                 size_t index) STAGE3_NOEXCEPT;

/*
 * The ids of all errors, each once, joined by a blank ("": none).
 * Any thread. Since 0.1.
 */
STAGE3_API const char* stage3_result_error_id(const stage3_result* result) STAGE3_NOEXCEPT;

/*
 * The result as one line of JSON without a newline, in pure ASCII: what `stage3 --json` prints.
 * NULL: out of memory.
 * Any thread. Since 0.1.
 */
STAGE3_API const char* stage3_result_json(const stage3_result* result) STAGE3_NOEXCEPT;

/* --- The state file -------------------------------------------------------------------------- */

/* The fleet's memory, ip_state.json. Freed with stage3_store_free(). */
typedef struct stage3_store stage3_store;

/*
 * Reads the state file that `config` names (`ip_state_file`, `friendly.field_name`), at most
 * 256 MiB. Entries that cannot be used come back as devices with a defect.
 * Any thread. Errors: INVALID_ARGUMENT (NULL), STATE_READ with line and column. Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_store_load(const stage3_config* config, stage3_store** ret_store,
                                 stage3_error* error) STAGE3_NOEXCEPT;

/*
 * The same for `size` bytes of a state file in memory, by the same rules; `config` names the member
 * that holds the wanted name, and `name` stands for the path in messages. Such a store has no file:
 * what it makes of results is stage3_store_merged(). What concerns a file (saving, trying to, its
 * lock) is INVALID_ARGUMENT.
 * Any thread. Errors: INVALID_ARGUMENT (NULL), STATE_READ with line and column. Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_store_parse(const stage3_config* config, const char* json, size_t size,
                                  const char* name, stage3_store** ret_store,
                                  stage3_error* error) STAGE3_NOEXCEPT;

/*
 * Told about one problem of a state file; `fatal`: the whole file cannot be used, else only one
 * entry. The message is valid during the call. Non-zero: tell no more.
 */
typedef int stage3_problem_fn(void* user, int line, int column, int fatal, const char* message);

/*
 * Tells everything that is wrong with the state file that `config` names, in file order, inside of
 * this call. Returns 0 if there is nothing, 1 if only entries are concerned, 2 if the whole file
 * cannot be used. `on_problem` may be NULL.
 * Any thread. Errors: INVALID_ARGUMENT (NULL), STATE_READ (the file cannot be read). Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_store_check(const stage3_config* config, stage3_problem_fn* on_problem,
                                  void* user, stage3_error* error) STAGE3_NOEXCEPT;

/*
 * The path as the configuration had it, made absolute when the store was loaded; "" for a store
 * from memory.
 * Any thread. Since 0.1.
 */
STAGE3_API const char* stage3_store_path(const stage3_store* store) STAGE3_NOEXCEPT;

/*
 * How many entries the file has.
 * Any thread. Since 0.1.
 */
STAGE3_API size_t stage3_store_device_count(const stage3_store* store) STAGE3_NOEXCEPT;

/*
 * The device of an entry, in file order, counted from 0, with what is on record of it by now: what
 * the file said when it was read, here or by the last save, and what has been recorded since. Ask
 * again for each round of a runner: by what it had before, a device would be sent an update twice,
 * or another one would be taken for it. All else of it is as it was loaded, but for a `defect` that
 * a save has found.
 *
 * Its texts are the store's. Those of `on_record`, itself and `defect` are so until the same device
 * is asked for again, the others as long as the store: who keeps them for longer copies them. It
 * can be changed and handed to stage3_runner_add(), which copies; leave `key` as it is, for
 * stage3_store_record(). Where a save was made since, it may wait for another one.
 * Any thread. Errors: INVALID_ARGUMENT (NULL, no such index), FORKED. Since 0.1.
 */
STAGE3_API int stage3_store_device(stage3_store* store, size_t index, stage3_device* ret_device,
                                   stage3_error* error) STAGE3_NOEXCEPT;

/*
 * Succeeds unless a save could not: to be called before a run does anything to a device. It is
 * tried with files beside the state file, which are removed again: room for all results, owner and
 * mode, flushing, renaming. Makes the file's `.lock`, and waits for it for up to 10 s.
 * Any thread. Errors: INVALID_ARGUMENT (NULL), STATE_WRITE, FORKED. Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_store_check_writable(const stage3_store* store,
                                           stage3_error* error) STAGE3_NOEXCEPT;

/*
 * A cheap look, to be taken now and then while a run changes devices, at whether
 * stage3_store_check_writable() would still succeed: some system calls, nothing is written. Only a
 * save tells for sure. Not without stage3_store_check_writable() before.
 * Any thread. Errors: INVALID_ARGUMENT (NULL), STATE_WRITE, FORKED. Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_store_check_still_writable(const stage3_store* store,
                                                 stage3_error* error) STAGE3_NOEXCEPT;

/*
 * Remembers a result for the next save. Cancelled results and those of unusable entries are
 * ignored. Not meant for a dry run, whose results did not happen.
 * Any thread, also inside of callbacks. Errors: INVALID_ARGUMENT (NULL, no entry with that key),
 * FORKED. Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_store_record(stage3_store* store, const stage3_result* result,
                                   stage3_error* error) STAGE3_NOEXCEPT;

/*
 * Remembers, for the next save, what is to be on record of an update (`stage3.ota`) of the device
 * with this `key`, as the store's devices have it, and the key by TLS that the record has
 * (`stage3.tls`): of all else in its entry nothing changes. For a
 * host that answers on_update by itself: it saves `request->record` so, and answers yes, or
 * permits, once stage3_store_save() has returned without this key among those it tells.
 * STAGE3_UPDATE_NONE takes a record out again. Not needed by who uses stage3_run() or a job.
 * Any thread, also inside of callbacks. Errors: INVALID_ARGUMENT (NULL, no entry with that key, one
 * that cannot be used, a record as in stage3_on_record that would be refused, UNREADABLE, a version
 * or build id of more than 64 bytes), FORKED. Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_store_record_update(stage3_store* store, const char* key,
                                          const stage3_update_record* record,
                                          stage3_error* error) STAGE3_NOEXCEPT;

enum {
  STAGE3_SAVE_NOTICE = 1,   /* what an operator should know, in words */
  STAGE3_SAVE_VANISHED = 2, /* the key of a recorded device whose entry is no longer in the file */
  STAGE3_SAVE_AMBIGUOUS = 3 /* the key of one whose entry could be meant in more than one way by
                               now, and was not written: another entry has its MAC, too; or of
                               one whose record of an update cannot be read, or is of an update
                               that somebody else has sent meanwhile, and was left; or of one
                               whose key (stage3.tls) somebody else has put there meanwhile, and
                               was left: it is no key that the device was asked with */
};

/* Told about a save; `text` is valid during the call. Kinds may be added: ignore unknown ones.
   Non-zero: tell no more. */
typedef int stage3_save_fn(void* user, int kind, const char* text);

/*
 * Puts all recorded results into the file as it is now, and nothing else; replaces it atomically
 * and durably and keeps the old one as `.bak`. May be called again and again during a run; where it
 * fails, stage3_runner_hold_changes() keeps the run from changing devices until it succeeds.
 * Returns 1, or 0 if nothing had to be written. `on_save` is called inside of this call, when the
 * save is done, and may be NULL; it may call everything, even stage3_store_save() and
 * stage3_store_free(). One thread at a time. Errors: INVALID_ARGUMENT (NULL), STATE_WRITE (the old
 * file is whole, and the results stay recorded), REENTRANT (another thread is saving it), FORKED.
 * Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_store_save(stage3_store* store, stage3_save_fn* on_save, void* user,
                                 stage3_error* error) STAGE3_NOEXCEPT;

/*
 * The bytes that were read, with all recorded results in them as a save would put them there, and
 * nothing else changed. No file is looked at, and the results stay recorded. The bytes, and a NUL
 * behind them, are the store's, until this is asked again or the store is freed.
 * One thread at a time. Errors: INVALID_ARGUMENT (NULL), FORKED. Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_store_merged(stage3_store* store, const char** ret_json, size_t* ret_size,
                                   stage3_error* error) STAGE3_NOEXCEPT;

/* How what is on record of a fleet is told. */
enum {
  STAGE3_REPORT_TEXT = 1,   /* for a terminal: verdict, counts, failures with what to do */
  STAGE3_REPORT_JSON = 2,   /* what `stage3 status --json` prints; whatever the language */
  STAGE3_REPORT_HTML = 3,   /* one page that loads nothing */
  STAGE3_REPORT_METRICS = 4 /* for Prometheus; whatever the language */
};

/*
 * What is on record of the fleet by now, as `stage3 status` and `stage3 report` tell it: the file
 * as it was read, here or by the last save, and what has been recorded since. No device is asked.
 * `earlier` is the fleet as it was
 * before (the `.bak`), to tell what has changed, or NULL. `now` is the time to count ages from, in
 * seconds since the epoch. The text is UTF-8; it, and a NUL behind it, are the store's, until this
 * is asked again or the store is freed.
 * One thread at a time. Errors: INVALID_ARGUMENT (NULL, an unknown format or language), FORKED.
 * Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_store_report(stage3_store* store, stage3_store* earlier, int format,
                                   int language, int64_t now, const char** ret_text,
                                   size_t* ret_size, stage3_error* error) STAGE3_NOEXCEPT;

/*
 * Since 0.1.
 */
STAGE3_API void stage3_store_free(stage3_store* store) STAGE3_NOEXCEPT;

/* --- The run lock ---------------------------------------------------------------------------- */

/* Held by a run that may write, for its whole time. Freed with stage3_lock_free(). */
typedef struct stage3_lock stage3_lock;

/*
 * Takes the lock of a state file, `<state_path>.run.lock`. Never waits.
 * Any thread. Errors: INVALID_ARGUMENT (NULL), LOCKED (the message names the holder), STATE_WRITE
 * (the lock file cannot be made). Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_lock_acquire(const char* state_path, stage3_lock** ret_lock,
                                   stage3_error* error) STAGE3_NOEXCEPT;

/*
 * The same for the file of a store, wherever its directory is by now: the one to take for a run
 * that saves into it. Any thread. Errors: INVALID_ARGUMENT (NULL), LOCKED, STATE_WRITE, FORKED.
 * Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_lock_acquire_for_store(const stage3_store* store, stage3_lock** ret_lock,
                                             stage3_error* error) STAGE3_NOEXCEPT;

/*
 * Lets go of the lock; the file stays.
 * Since 0.1.
 */
STAGE3_API void stage3_lock_free(stage3_lock* lock) STAGE3_NOEXCEPT;

/* --- Runner ---------------------------------------------------------------------------------- */

enum { STAGE3_LOG_DEBUG = 1, STAGE3_LOG_INFO = 2, STAGE3_LOG_WARNING = 3, STAGE3_LOG_ERROR = 4 };

/*
 * "debug", "info", "warning", "error"; "" for an unknown level. Static. Any thread. Since 0.1.
 */
STAGE3_API const char* stage3_log_level_word(int level) STAGE3_NOEXCEPT;

/* What happens to a device on its way to its result. Kinds may be added: ignore unknown ones. */
enum {
  STAGE3_EVENT_STARTED = 1,          /* its turn has begun */
  STAGE3_EVENT_UPDATE_PERMITTED = 2, /* its update will start as soon as `ota.rate` lets it */
  STAGE3_EVENT_UPDATE_SENT = 3,      /* Shelly.Update has left; what came of it is not known yet */
  STAGE3_EVENT_UPDATE_AWAY = 4,      /* the run waits for the end of its update (`ota.wait`) */
  STAGE3_EVENT_UPDATE_BACK = 5,      /* it has been seen again, on whatever version */
  STAGE3_EVENT_UPDATE_ENDED = 6      /* the end of its update has been seen */
};

/* What on_update answers. */
enum {
  STAGE3_UPDATE_NO = 0,   /* it does not start in this run */
  STAGE3_UPDATE_YES = 1,  /* it starts as soon as `ota.rate` lets it */
  STAGE3_UPDATE_LATER = 2 /* stage3_runner_permit() decides; the device waits, and holds nothing */
};

/*
 * An update that may start now, for on_update to decide about. Valid during the call, with all that
 * it points to.
 */
typedef struct stage3_update_request {
  size_t struct_size;
  const stage3_device* device; /* with what is on record of it */
  const char* id; /* what the device has just said of itself, likewise the next three */
  const char* app;
  const char* fw;
  const char* fw_id;
  const char* version; /* offered */
  const char* build;   /* its build id; "": the offer had none */

  /* What is to be on record before the update is sent. A job writes it down in its state file by
     itself. Who has none and wants no update sent twice writes it down before he says yes.
     `sent_at` is now: the record that comes with the result has the true one. */
  const stage3_update_record* record;
} stage3_update_request;
#define STAGE3_UPDATE_REQUEST_INIT \
  { sizeof(stage3_update_request), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL }

/*
 * The caller's functions. Set struct_size (STAGE3_CALLBACKS_INIT); each function may be NULL. All
 * get `user`. See CALLBACKS at the top; a non-zero return cancels the run. Devices, results and
 * texts are valid during the call (results for longer with stage3_result_ref()).
 */
typedef struct stage3_callbacks {
  size_t struct_size;
  void* user;

  /* A device is done. Once for each device that was added, unless the runner is freed before. */
  int (*on_result)(void* user, const stage3_result* result);

  /* STAGE3_EVENT_...; `device` may be NULL for kinds to come. */
  int (*on_event)(void* user, int kind, const stage3_device* device);

  /* May this device's update to `version` start? Set *ret_allow to 1 for yes; it is 0 before the
     call. Every other value is no, and so is a non-zero return, which cancels the run as well: the
     answer is *ret_allow, not the return value. Denied updates are held for this run. NULL: all
     may. Not asked where there is an on_update, and goes away with the next release. */
  int (*on_permit)(void* user, const stage3_device* device, const char* version, int* ret_allow);

  /* The password for a device that may ask for a login; `realm` is its id. Write it to `password`,
     with its NUL at most `size` bytes; "", which is there before the call, is none. The library
     wipes the buffer. With this function `auth.secrets_file` is not read. */
  int (*on_password)(void* user, const char* mac, const char* realm, char* password, size_t size);

  /* Diagnostics, STAGE3_LOG_...; never holds a secret. The first step tells what is to be said
     about the secrets file. */
  int (*on_log)(void* user, int level, const char* text);

  /* `user` is not needed any more: called exactly once, when the runner and all its workers are
     freed and no call of theirs is under way, on the thread where that became true. It may call
     everything but what concerns them; work, run and step only outside of other callbacks. */
  void (*destroy)(void* user);

  /* The device at this address has the TLS key `key`, which is not the one on record. Set
     *ret_accept to 1 to take it, as somebody who knows that the certificate was changed; it is 0
     before the call, and every other value is no. Nothing was sent yet. NULL: none is taken. */
  int (*on_key_change)(void* user, const stage3_device* device, const char* key, int* ret_accept);

  /* May this update start? Set *ret_decision to STAGE3_UPDATE_YES, or to STAGE3_UPDATE_LATER and
     decide with stage3_runner_permit(); it is STAGE3_UPDATE_NO before the call. Every other value
     is no, and so is a non-zero return, which cancels the run as well. Denied updates are held for
     this run. One that is undecided counts for `ota.max_per_run`. NULL: as on_permit says. */
  int (*on_update)(void* user, const stage3_update_request* request, int* ret_decision);

  /* For `ota.windows`: by how many seconds the operator's clock is ahead of UTC at the time `utc`
     (seconds since the epoch), a day at most. Set *ret_seconds, which is 0 before the call. NULL:
     it shows UTC, since the library reads no environment. */
  int (*utc_offset)(void* user, int64_t utc, int* ret_seconds);
} stage3_callbacks;
#define STAGE3_CALLBACKS_INIT \
  { sizeof(stage3_callbacks), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL }

/*
 * The work of a run: devices, what to do with them, how many at once. Freed with
 * stage3_runner_free(). A runner does not end when it is empty: devices may be added later, the
 * same ones again and again. A round lasts from no device left to no device left:
 *   `ota.max_per_run` counts updates of a round.
 *   Two devices with one MAC (aliases count) are never in flight together: the later one waits.
 *   A device is sent one update a round (in one that takes more than a day: a day), and in later
 *   rounds none to the same version within ten minutes, while it may still be installing. Whoever
 *   would be the second one is `update_available` with an error STAGE3_CAUSE_SENT_ALREADY, and
 *   on_update is not asked. Another runner knows nothing of it.
 *   Two devices at one address are never in flight together. Those that wait while it is asked who
 *   it is share its answer, or its silence; only the right one goes on.
 */
typedef struct stage3_runner stage3_runner;

/* Reading requests only: no update, no name. */
#define STAGE3_RUN_DRY 1u
/* Updates of these devices that have failed, or were lost, count as never tried: neither
   `ota.retry_after` nor `ota.max_attempts` holds the next one. */
#define STAGE3_RUN_RESUME 2u

/*
 * Makes a runner. Reads `auth.secrets_file`, unless there is an on_password; a relative path counts
 * from the working directory of the moment when it was loaded or set. `callbacks` may be NULL. Does
 * not look at `enabled`: not to run then is the caller's decision. On failure callbacks->destroy is
 * not called. Any thread. Errors: INVALID_ARGUMENT (NULL, struct_size, unknown flags), CONFIG (the
 * secrets file), SYSTEM. Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_runner_new(const stage3_config* config, const stage3_callbacks* callbacks,
                                 unsigned flags, stage3_runner** ret_runner,
                                 stage3_error* error) STAGE3_NOEXCEPT;

/*
 * Adds one device, also while workers run; their descriptors wake. After a cancel it is told as
 * cancelled.
 * Any thread, also inside of callbacks. Errors: INVALID_ARGUMENT (NULL, struct_size, no MAC, no
 * address, unknown flags, a job's runner), FORKED. Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_runner_add(stage3_runner* runner, const stage3_device* device,
                                 stage3_error* error) STAGE3_NOEXCEPT;

/*
 * Adds the devices of a store, with what is on record of them by now: all of them if `addresses` is
 * NULL, else those at one of these `count` addresses (one without a port stands for all its ports).
 * Returns how many. Any thread. Errors: INVALID_ARGUMENT (NULL, an address that is none or that no
 * device has; no device is added then), FORKED. Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_runner_add_store(stage3_runner* runner, const stage3_store* store,
                                       const char* const* addresses, size_t count,
                                       stage3_error* error) STAGE3_NOEXCEPT;

/*
 * Adds those devices of a store for which all of these `count` terms `KEY=GLOB[,GLOB...]` hold, by
 * what is known of them without asking: "status=failed,offline", "name=Flur*", "ip=10.0.0.0/24".
 * The keys are status (ok, failed, offline, new), ota, friendly, app, model, name, ip, mac, fw and
 * site; docs/operating.md has them all. The words of ota and friendly are those on record:
 * update_available, not the updateable of the command's lines. Returns how many, which may be 0;
 * without a term all.
 * Any thread. Errors: INVALID_ARGUMENT (NULL, a term that is none; no device is added then),
 * FORKED. Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_runner_add_selected(stage3_runner* runner, const stage3_store* store,
                                          const char* const* terms, size_t count,
                                          stage3_error* error) STAGE3_NOEXCEPT;

/*
 * Asks the devices until none is left, on this thread. Returns 0 then, also for a run that was
 * cancelled. Several threads may call it at once and share the devices out.
 * Any thread. Errors: INVALID_ARGUMENT (NULL), REENTRANT, FORKED, SYSTEM (it has no descriptors for
 * a worker): nothing was done, and the run goes on where other threads work on it. Whatever comes
 * later (SYSTEM, a callback against the rules) cancels the run; devices that this thread had in
 * flight are not told then but count as cancelled. stage3_runner_cancelled() tells which it was.
 * Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_runner_work(stage3_runner* runner, stage3_error* error) STAGE3_NOEXCEPT;

/*
 * No more devices are started; those in flight may finish within 0.8 s and are abandoned then. All
 * are told.
 * Any thread, any callback, any signal handler. Errors: INVALID_ARGUMENT (NULL), FORKED. Since 0.1.
 */
STAGE3_API int stage3_runner_cancel(stage3_runner* runner) STAGE3_NOEXCEPT;

/*
 * Takes a device back from the run: each of its entries that is not told yet, however often it was
 * added. `mac` is its MAC in any usual spelling; entries that name it as an alias are meant, too,
 * since they may be the same device. Once this has returned, no request that changes the device
 * goes out for one of them.
 * Returns how many entries will be told as cancelled for that: those that wait, for whatever it is,
 * and those in flight to which nothing has been sent that changes them. An entry for which a name
 * or an update has left already goes on to its true result and is not counted; an update that has
 * not left by then is held. 0 as well for a device that is unknown, told or was removed before.
 * on_result is called by the next steps, on the threads that make them; their descriptors wake.
 * The summary counts such devices by their results, like all others. A device may be added again
 * at any time: it is sent one update a round all the same. Looks at each device of the run.
 * Any thread, also inside of callbacks, but no signal handler. Errors: INVALID_ARGUMENT (NULL, no
 * MAC), FORKED. Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_runner_remove(stage3_runner* runner, const char* mac,
                                    stage3_error* error) STAGE3_NOEXCEPT;

/*
 * Decides about the update of a device for which on_update has answered STAGE3_UPDATE_LATER: it may
 * start (`yes` 1), or it is held for this run (every other value). `mac` is the device's in any
 * usual spelling; entries that name it as an alias are meant, too. A decision that comes before
 * on_update has returned counts, if that answers STAGE3_UPDATE_LATER then.
 * Returns 1, or 0 where nothing waits for a decision: the device is unknown, finished, removed or
 * decided already, or the run is cancelled. Devices that are undecided are left, so that workers go
 * on, until a cancel or stage3_runner_remove(); they hold no connection and no slot in flight.
 * Any thread, also inside of callbacks, but no signal handler. Errors: INVALID_ARGUMENT (NULL, no
 * MAC), FORKED. Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_runner_permit(stage3_runner* runner, const char* mac, int yes,
                                    stage3_error* error) STAGE3_NOEXCEPT;

/*
 * 1 if the run was cancelled, by whomever; else 0.
 * Any thread. Errors: INVALID_ARGUMENT (NULL), FORKED. Since 0.1.
 */
STAGE3_API int stage3_runner_cancelled(const stage3_runner* runner) STAGE3_NOEXCEPT;

/*
 * `hold` 1: until it is called with 0, nothing more is changed on any device: no name is written,
 * no update starts, and no further device is begun. A call that writes and has begun already goes
 * on; whoever is about to make one waits, and is asked again who it is before it does. For a host
 * whose results cannot be saved for the moment; if that lasts, stage3_runner_cancel() tells those
 * that wait. Does not block. Any thread, also inside of callbacks. Errors: INVALID_ARGUMENT (NULL),
 * FORKED, SYSTEM. Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_runner_hold_changes(stage3_runner* runner, int hold,
                                          stage3_error* error) STAGE3_NOEXCEPT;

/* Counts of a run. total = ok + failed + offline + cancelled once all devices are told. */
typedef struct stage3_summary {
  size_t struct_size;
  size_t total; /* devices added */
  size_t ok;
  size_t failed;
  size_t offline;
  size_t cancelled;
  size_t updates; /* Shelly.Update sent and not refused */
  size_t held;    /* updates wanted but not permitted in this run */
  size_t updated; /* devices seen to run what they were sent, in this run or before it */
} stage3_summary;
#define STAGE3_SUMMARY_INIT \
  { sizeof(stage3_summary), 0, 0, 0, 0, 0, 0, 0, 0 }

/*
 * The counts so far.
 * Any thread. Errors: INVALID_ARGUMENT (NULL, struct_size), FORKED. Since 0.1.
 */
STAGE3_API int stage3_runner_summary(const stage3_runner* runner, stage3_summary* ret_summary,
                                     stage3_error* error) STAGE3_NOEXCEPT;

/*
 * Cancels what is left and calls no callback from then on but `destroy`; one that other threads are
 * about to call may still come. Inside of a callback, and while other threads are at work for it,
 * the runner itself lives until they have returned.
 * Any thread. Since 0.1.
 */
STAGE3_API void stage3_runner_free(stage3_runner* runner) STAGE3_NOEXCEPT;

/* --- Worker: a run inside of your event loop ------------------------------------------------- */

/* One event loop of a run. Belongs to one thread at a time. Freed with stage3_worker_free(). */
typedef struct stage3_worker stage3_worker;

/*
 * Makes a worker and opens its descriptors, the ICMP socket among them, so that privileges can be
 * dropped before the first step. A worker keeps what it needs of its runner alive.
 * Any thread. Errors: INVALID_ARGUMENT (NULL), SYSTEM, FORKED. Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_worker_new(stage3_runner* runner, stage3_worker** ret_worker,
                                 stage3_error* error) STAGE3_NOEXCEPT;

/*
 * One descriptor that is readable whenever stage3_worker_step() has something to do: sockets,
 * timers, devices added, a cancel. Watch it for reading, level-triggered, and call
 * stage3_worker_step(worker, 0, ...). It is the worker's: do not close it.
 * Any thread. Errors: INVALID_ARGUMENT (NULL), FORKED. Since 0.1.
 */
STAGE3_API int stage3_worker_fd(const stage3_worker* worker) STAGE3_NOEXCEPT;

/*
 * Does what is due, a bounded amount of it, and before that waits up to `timeout_ms` milliseconds
 * for something to be due (0: does not wait; -1: without limit). Returns how many devices are left
 * in the run, of all workers; 0 = idle.
 * The worker's thread. Errors: INVALID_ARGUMENT (NULL, timeout_ms < -1), REENTRANT, FORKED: nothing
 * was done. SYSTEM, a callback against the rules and any other error cancels the run; further steps
 * tell its devices. Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_worker_step(stage3_worker* worker, int timeout_ms,
                                  stage3_error* error) STAGE3_NOEXCEPT;

/*
 * Steps until no device is left; returns 0 then.
 * The worker's thread. Errors: as for stage3_worker_step(). Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_worker_run(stage3_worker* worker, stage3_error* error) STAGE3_NOEXCEPT;

/*
 * Closes the worker's descriptors. Devices that it has in flight are dropped: they count as
 * cancelled, on_result is not called for them. Inside of its own callbacks it lives until its step
 * or its run has returned.
 * The worker's thread. Since 0.1.
 */
STAGE3_API void stage3_worker_free(stage3_worker* worker) STAGE3_NOEXCEPT;

/* --- Job: a run from file to file ------------------------------------------------------------- */

/*
 * Reads the fleet, takes the run lock, tries whether results can be saved, asks the devices,
 * records each result before on_result sees it, saves on the way and at the end. What an operator
 * should know about the state file comes through on_log as STAGE3_LOG_WARNING, each text once,
 * inside of the functions that save. Freed with stage3_job_free().
 */
typedef struct stage3_job stage3_job;

/*
 * All of it in one call, on this thread: reads the configuration and runs a job to its end. What
 * became of the devices is in `ret_summary`, which may be NULL; a run that was cancelled from a
 * callback returns 0 as well. With `enabled: false` it does nothing but say so through on_log.
 * `callbacks` may be NULL; its `destroy` is called once the job was opened, before this returns.
 * Any thread. Errors: those of stage3_config_load(), stage3_job_new() and stage3_job_run().
 * Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_run(const char* config_path, unsigned flags,
                          const stage3_callbacks* callbacks, stage3_summary* ret_summary,
                          stage3_error* error) STAGE3_NOEXCEPT;

/*
 * Opens a job for the state file that `config` names: for all of its devices if `addresses` is
 * NULL, else for those at one of these `count` addresses (one without a port stands for all its
 * ports). Whatever prevents a run is an error here, before anything is sent. With `enabled: false`
 * nothing is opened, and there is no device. `callbacks` and `flags` are those of
 * stage3_runner_new(); on failure callbacks->destroy is not called.
 * Any thread. Errors: INVALID_ARGUMENT (NULL, struct_size, unknown flags, an address that is none
 * or that no device has), CONFIG (the secrets file), STATE_READ, LOCKED, STATE_WRITE (results could
 * not be saved), SYSTEM. Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_job_new(const stage3_config* config, const stage3_callbacks* callbacks,
                              unsigned flags, const char* const* addresses, size_t count,
                              stage3_job** ret_job, stage3_error* error) STAGE3_NOEXCEPT;

/*
 * The same for those of the file's devices for which all of these `count` terms hold, as in
 * stage3_runner_add_selected(); "status=failed,offline" is what an earlier run has left undone.
 * Any thread. Errors: as stage3_job_new(), and INVALID_ARGUMENT for a term that is none and where
 * no device is selected. Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_job_new_selected(const stage3_config* config,
                                       const stage3_callbacks* callbacks, unsigned flags,
                                       const char* const* terms, size_t count, stage3_job** ret_job,
                                       stage3_error* error) STAGE3_NOEXCEPT;

/*
 * The job's runner, for workers, a cancel and the counts. It is the job's: it must not be freed,
 * and stage3_runner_add() and stage3_runner_add_store() are INVALID_ARGUMENT, since a device that
 * is not in the job's file could not be recorded.
 * Any thread. Since 0.1.
 */
STAGE3_API stage3_runner* stage3_job_runner(stage3_job* job) STAGE3_NOEXCEPT;

/*
 * Asks the devices until none is left, on this thread, saves on the way, and finishes. Other
 * threads may call stage3_runner_work() for its runner at the same time. Returns 0, also for a run
 * that was cancelled; what is known is saved in any case.
 * One thread at a time. Errors: those of stage3_runner_work() and stage3_job_finish(). Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_job_run(stage3_job* job, stage3_error* error) STAGE3_NOEXCEPT;

/*
 * For workers of your own: whether stage3_job_save_if_due() has anything to do, 1 or 0: to save, or
 * to look whether results could still be saved, which is quick and comes several times a second
 * while devices are left. Never waits.
 * Any thread. Errors: INVALID_ARGUMENT (NULL), FORKED. Since 0.1.
 */
STAGE3_API int stage3_job_save_is_due(const stage3_job* job) STAGE3_NOEXCEPT;

/*
 * Saves what is known if it is time to; to be called about twice a second while workers run, on a
 * thread that may block for as long as a save takes. It is time after 500 results, then whenever as
 * many have come as were saved before, after ten seconds at the latest, and at once when all have
 * come; never for more than a tenth of the time. A save that fails is a warning and keeps devices
 * from being changed; it is tried again after 1, 2 and 4 s, and then the run is cancelled.
 * Any thread. Errors: INVALID_ARGUMENT (NULL), FORKED. Since 0.1.
 */
STAGE3_API int stage3_job_save_if_due(stage3_job* job, stage3_error* error) STAGE3_NOEXCEPT;

/*
 * Saves what is not saved yet and lets the lock go; to be called when no worker runs any more. Does
 * nothing the second time. Devices that are still left are cancelled: nothing is changed on them
 * any more, nothing of them is recorded, and the lock stays until the job is freed, since a call
 * may be under way. An update that was written down and has not left never does, and what stood on
 * record before it is put back, also where its worker was freed; one that may have left stays on
 * record as sent.
 * One thread at a time. Errors: INVALID_ARGUMENT (NULL), STATE_WRITE (the old file is whole; these
 * results are lost), FORKED. Since 0.1.
 */
STAGE3_NODISCARD
STAGE3_API int stage3_job_finish(stage3_job* job, stage3_error* error) STAGE3_NOEXCEPT;

/*
 * Cancels what is left, saves nothing, lets the lock go, and frees the runner as
 * stage3_runner_free() does. Its workers are freed before. Without stage3_job_finish() before it,
 * updates that were written down and not sent stay on record as sent, and the next runs wait for
 * their end.
 * Any thread. Since 0.1.
 */
STAGE3_API void stage3_job_free(stage3_job* job) STAGE3_NOEXCEPT;

/* --- Text ------------------------------------------------------------------------------------ */

/*
 * Makes `text` safe for a terminal or a log line: controls, bidirectional and invisible characters,
 * line breaks and invalid UTF-8 become visible escapes (\n, \x1b, \u202e), a backslash is doubled.
 * Joiners that hold an emoji or a word together stay.
 * Writes as much as fits with its NUL into the `size` bytes at `buffer`, never a part of a
 * character, and returns the length of the whole (without the NUL), as snprintf() does. `buffer`
 * may be NULL if `size` is 0.
 * Any thread. Errors: INVALID_ARGUMENT (NULL, or a text beyond INT_MAX). Since 0.1.
 */
STAGE3_API int stage3_escape(const char* text, char* buffer, size_t size) STAGE3_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
