#pragma once

#include <curl/curl.h>

#include <memory>

/// libcurl's handles as owners. Nothing outside net/ sees libcurl.
namespace stage3::net {

/// Keeps libcurl initialised while one lives. Thread-safe; throws Error(Errc::system).
class CurlGlobal {
 public:
  CurlGlobal();
  ~CurlGlobal();
  CurlGlobal(const CurlGlobal&) = delete;
  CurlGlobal& operator=(const CurlGlobal&) = delete;
};

/// A deleter for each of libcurl's types: CURL and CURLM are the same type in C++.
template <auto free_function>
struct Freed {
  template <class T>
  void operator()(T* handle) const noexcept {
    free_function(handle);
  }
};

using EasyHandle = std::unique_ptr<CURL, Freed<curl_easy_cleanup>>;
using MultiHandle = std::unique_ptr<CURLM, Freed<curl_multi_cleanup>>;
using ShareHandle = std::unique_ptr<CURLSH, Freed<curl_share_cleanup>>;
using UrlHandle = std::unique_ptr<CURLU, Freed<curl_url_cleanup>>;
using Slist = std::unique_ptr<curl_slist, Freed<curl_slist_free_all>>;

/// Throws std::bad_alloc where libcurl ran out of memory, Error(Errc::system) for any other
/// failure.
void check(CURLcode code);
void check(CURLMcode code);
void check(CURLUcode code);

}  // namespace stage3::net
