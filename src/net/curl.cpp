#include "net/curl.hpp"

#include <new>
#include <string>

#include <stage3/error.hpp>

#include "base/mutex.hpp"

namespace stage3::net {

namespace {

// curl_global_init is not thread-safe in every build, and must be balanced by as many clean-ups as
// it succeeded.
Mutex& global_mutex() {
  static Mutex mutex;
  return mutex;
}

[[noreturn]] void fail(const char* words) {
  throw Error(Errc::system, std::string("libcurl: ") + words);
}

}  // namespace

CurlGlobal::CurlGlobal() {
  const MutexLock lock(global_mutex());
  check(curl_global_init(CURL_GLOBAL_DEFAULT));
}

CurlGlobal::~CurlGlobal() {
  const MutexLock lock(global_mutex());
  curl_global_cleanup();
}

void check(CURLcode code) {
  if (code == CURLE_OK) return;
  if (code == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
  fail(curl_easy_strerror(code));
}

void check(CURLMcode code) {
  if (code == CURLM_OK) return;
  if (code == CURLM_OUT_OF_MEMORY) throw std::bad_alloc();
  fail(curl_multi_strerror(code));
}

void check(CURLUcode code) {
  if (code == CURLUE_OK) return;
  if (code == CURLUE_OUT_OF_MEMORY) throw std::bad_alloc();
  fail(curl_url_strerror(code));
}

}  // namespace stage3::net
