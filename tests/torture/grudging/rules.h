#pragma once

#include <stddef.h>
#include <sys/types.h>

/*
 * What the file system refuses: rules of the form CALL=ERRNO, as in `chown=EPERM`, and
 * `write=ENOSPC@100`, which lets no byte beyond that size be written, whatever was allocated. The
 * names of calls are those of the functions in main.c; a rename with flags is `exchange` or
 * `noreplace`, an open for writing `open_write`, one for creating `create`.
 */

/* Reads a rule; 0 if it is none. */
int rules_add(const char* text);

/* The negative errno that a call is to be answered with, or 0. Each refusal is counted. */
int refusal(const char* call);

/* How many bytes at `offset` may be written: `size`, less, or the negative errno. */
ssize_t room_for(size_t size, off_t offset);

/* Appends `CALL COUNT` for each rule to the file, how often it was refused; so that a test can tell
 * a refusal that was survived from a call that was never made. */
void rules_report(const char* path);
