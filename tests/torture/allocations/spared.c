/*
 * Allocations that do not fail, since libcurl 7.88.1 does not survive that: no program that demands
 * a key, or goes on with a session, can help it.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include "memory.h"

typedef int new_session(SSL*, SSL_SESSION*);

static new_session* keep_session;

/* The function that this program stands in front of. */
static void* behind(const char* name) {
  void* const function = dlsym(RTLD_NEXT, name);
  if (function == NULL) abort();
  return function;
}

/* A pinned key is hashed without a look at whether this came off, and OpenSSL then writes to where
   there is nothing. */
int EVP_DigestInit(EVP_MD_CTX* context, const EVP_MD* type) {
  memory_spare(1);
  int (*const real)(EVP_MD_CTX*, const EVP_MD*) = behind("EVP_DigestInit");
  const int result = real(context, type);
  memory_spare(0);
  return result;
}

static int keep_session_spared(SSL* connection, SSL_SESSION* session) {
  memory_spare(1);
  const int result = keep_session(connection, session);
  memory_spare(0);
  return result;
}

/* Where the pinned key cannot be copied into the cache of sessions, memory is freed twice. */
void SSL_CTX_sess_set_new_cb(SSL_CTX* context, new_session* callback) {
  memory_spare(1);
  void (*const real)(SSL_CTX*, new_session*) = behind("SSL_CTX_sess_set_new_cb");
  memory_spare(0);
  keep_session = callback;
  real(context, keep_session_spared);
}
