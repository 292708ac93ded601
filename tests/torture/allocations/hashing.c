/*
 * What libcurl does with a pinned key, as long as it finds memory for it.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <openssl/evp.h>
#include <stddef.h>

#include "memory.h"

/* libcurl 7.88.1 hashes a key that is pinned without a look at whether this came off, and OpenSSL
   then writes to where there is nothing: no program that demands a key can help it. */
int EVP_DigestInit(EVP_MD_CTX* context, const EVP_MD* type) {
  int (*real)(EVP_MD_CTX*, const EVP_MD*) = NULL;
  memory_spare(1);
  *(void**)&real = dlsym(RTLD_NEXT, "EVP_DigestInit");
  const int result = real == NULL ? 0 : real(context, type);
  memory_spare(0);
  return result;
}
