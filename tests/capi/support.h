#ifndef STAGE3_TESTS_CAPI_SUPPORT_H
#define STAGE3_TESTS_CAPI_SUPPORT_H

#include <stage3/stage3.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the tests share. */

/* A temporary directory that is gone, with its files, after the test case. */
typedef struct directory {
  char path[64];
  char file_path[128];
} directory;
directory make_directory(void);
void remove_directory(directory* dir);

/* Writes a file and returns its path, which is valid until the next call for this directory. */
const char* write_file(directory* dir, const char* name, const char* text);
/* Whether the file holds `text` somewhere. */
int file_holds(directory* dir, const char* name, const char* text);

/* A configuration with all defaults, but a state file `name` in the directory. */
stage3_config* make_config(directory* dir, const char* name);
stage3_config* default_config(void);

/* An address on the loopback at which nothing listens, as `ip:port`; free it with free(). */
char* refused_address(void);

/* A device of that kind. The texts must outlive its use. */
stage3_device make_device(const char* mac, const char* address);

/* A result of an entry "bad" that cannot be used: it has one error. The caller's to let go. */
const stage3_result* failed_result(void);

/* Counts results, by outcome and in all; what the callbacks of most tests do. */
typedef struct tally {
  int results;
  int outcomes[5];
  int destroyed;
} tally;
int count_result(void* tally_pointer, const stage3_result* result);
void count_destroy(void* tally_pointer);
stage3_callbacks counting(tally* counts);

/* A runner that counts. */
stage3_runner* make_runner(tally* counts);
/* Adds `count` devices, each with a MAC of its own: the first at `address` (127.0.0.1:port), the
   others at 127.0.1.1, 127.0.2.1, ... with that port, so that they are asked at the same time. */
void add_devices(stage3_runner* runner, int count, const char* address);

#ifdef __cplusplus
}
#endif

#endif
