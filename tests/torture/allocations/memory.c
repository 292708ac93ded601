#include "memory.h"

#include <errno.h>
#include <stddef.h>

/* glibc's own names of what is replaced here. */
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* old, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
void __libc_free(void* memory);

/* Atomic: libcurl resolves even an address literal on a thread when memory has run out. */
static unsigned long fail_at;
static int fails_for_good;
static int spared;
static unsigned long asked;
static long live;

static long add_live(long difference) {
  return __atomic_add_fetch(&live, difference, __ATOMIC_SEQ_CST);
}

void memory_fail_at(unsigned long number, int for_good) {
  __atomic_store_n(&fail_at, 0, __ATOMIC_SEQ_CST);
  __atomic_store_n(&fails_for_good, for_good, __ATOMIC_SEQ_CST);
  __atomic_store_n(&asked, 0, __ATOMIC_SEQ_CST);
  __atomic_store_n(&fail_at, number, __ATOMIC_SEQ_CST);
}

void memory_spare(int is_spared) {
  __atomic_store_n(&spared, is_spared, __ATOMIC_SEQ_CST);
}

unsigned long memory_asked(void) {
  return __atomic_load_n(&asked, __ATOMIC_SEQ_CST);
}

long memory_live(void) {
  return add_live(0);
}

static int must_fail(void) {
  const unsigned long number = __atomic_add_fetch(&asked, 1, __ATOMIC_SEQ_CST);
  const unsigned long first = __atomic_load_n(&fail_at, __ATOMIC_SEQ_CST);
  if (first == 0 || number < first || __atomic_load_n(&spared, __ATOMIC_SEQ_CST)) return 0;
  if (number > first && !__atomic_load_n(&fails_for_good, __ATOMIC_SEQ_CST)) return 0;
  errno = ENOMEM;
  return 1;
}

static void* counted(void* memory) {
  if (memory != NULL) add_live(1);
  return memory;
}

void* malloc(size_t size) {
  return must_fail() ? NULL : counted(__libc_malloc(size));
}

void* calloc(size_t count, size_t size) {
  return must_fail() ? NULL : counted(__libc_calloc(count, size));
}

void* realloc(void* old, size_t size) {
  if (must_fail()) return NULL;
  void* const memory = __libc_realloc(old, size);
  if (old == NULL) return counted(memory);
  if (size == 0 && memory == NULL) add_live(-1);
  return memory;
}

void* memalign(size_t alignment, size_t size) {
  return must_fail() ? NULL : counted(__libc_memalign(alignment, size));
}

void* aligned_alloc(size_t alignment, size_t size) {
  return memalign(alignment, size);
}

int posix_memalign(void** ret_memory, size_t alignment, size_t size) {
  void* const memory = memalign(alignment, size);
  if (memory == NULL) return ENOMEM;
  *ret_memory = memory;
  return 0;
}

void free(void* memory) {
  if (memory != NULL) add_live(-1);
  __libc_free(memory);
}
