#include "rules.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kMaxRules = 16, kMaxName = 32 };

typedef struct {
  char call[kMaxName];
  int error;
  off_t room;
  atomic_int refused;
} rule;

static rule rules[kMaxRules];
static int rule_count = 0;

static const struct {
  const char* name;
  int number;
} kErrors[] = {
    {"EACCES", EACCES}, {"EBUSY", EBUSY},   {"EDQUOT", EDQUOT}, {"EEXIST", EEXIST},
    {"EFBIG", EFBIG},   {"EINTR", EINTR},   {"EINVAL", EINVAL}, {"EIO", EIO},
    {"EMFILE", EMFILE}, {"ENOLCK", ENOLCK}, {"ENOSPC", ENOSPC}, {"ENOSYS", ENOSYS},
    {"ENOTTY", ENOTTY}, {"EPERM", EPERM},   {"EROFS", EROFS},   {"ESTALE", ESTALE},
    {"EXDEV", EXDEV},   {"ENODEV", ENODEV}, {"ENXIO", ENXIO},   {"EOPNOTSUPP", EOPNOTSUPP},
};

static int number_of(const char* name) {
  for (size_t i = 0; i < sizeof kErrors / sizeof *kErrors; ++i)
    if (strcmp(kErrors[i].name, name) == 0) return kErrors[i].number;
  return 0;
}

int rules_add(const char* text) {
  char name[kMaxName];
  long long room = 0;
  if (rule_count == kMaxRules) return 0;
  rule* const added = &rules[rule_count];
  const int fields = sscanf(text, "%31[a-z_]=%31[A-Z]@%lld", added->call, name, &room);
  if (fields < 2) return 0;
  added->error = number_of(name);
  added->room = (off_t)room;
  if (added->error == 0) return 0;
  ++rule_count;
  return 1;
}

static rule* find(const char* call) {
  for (int i = 0; i < rule_count; ++i)
    if (strcmp(rules[i].call, call) == 0) return &rules[i];
  return NULL;
}

int refusal(const char* call) {
  rule* const found = find(call);
  if (found == NULL) return 0;
  ++found->refused;
  return -found->error;
}

ssize_t room_for(size_t size, off_t offset) {
  rule* const found = find("write");
  if (found == NULL || offset + (off_t)size <= found->room) return (ssize_t)size;
  if (offset < found->room) return (ssize_t)(found->room - offset);
  ++found->refused;
  return -found->error;
}

void rules_report(const char* path) {
  FILE* const file = fopen(path, "a");
  if (file == NULL) return;
  for (int i = 0; i < rule_count; ++i)
    fprintf(file, "%s %d\n", rules[i].call, rules[i].refused);
  fclose(file);
}
