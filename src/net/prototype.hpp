#pragma once

#include <string>

#include "net/curl.hpp"

namespace stage3::net {

/// What all calls have in common, as an easy handle that never makes one itself. Belongs to one
/// thread, like the handles made from it.
///
/// Each call gets a handle of its own: libcurl keeps state in one that outlives a call (in 7.88.1 a
/// first header line that begins with a blank corrupts the memory of a handle that has served
/// before), and curl_easy_reset() does not clear all of it.
class Prototype {
 public:
  /// libcurl's callbacks of these names.
  struct Callbacks {
    curl_write_callback on_header;
    curl_write_callback on_body;
    curl_opensocket_callback on_open_socket;
    curl_xferinfo_callback on_progress;
    /// For HTTPS only.
    curl_closesocket_callback on_close_socket;
  };

  /// For plain HTTP.
  explicit Prototype(const Callbacks& callbacks);
  /// For HTTPS, with `callbacks`. `ca`: PEM, certificates that a device's must chain to; empty: any
  /// will do. Must outlive the prototype and its handles.
  Prototype(const Callbacks& callbacks, const std::string& ca);

  /// A handle for one call. It must not outlive the prototype. Throws std::bad_alloc.
  EasyHandle make() const;
  /// One that puts the stand-in's address into the name cache of the multi handle that it runs in.
  EasyHandle make_for_cache() const;
  /// A device's certificate must chain to one of those that this was made with.
  bool checks_chain() const noexcept { return checks_chain_; }

 private:
  Prototype(const Callbacks& callbacks, const char* scheme);

  void allow_only(const char* scheme);
  void secure(const std::string& ca);
  void unpack_nothing();
  void connect_by_ourselves();

  EasyHandle easy_;
  UrlHandle url_;
  Slist stand_in_;
  bool checks_chain_ = false;
};

/// Sets an option of `easy`; throws as check() does.
template <class Value>
void set(const EasyHandle& easy, CURLoption option, Value value) {
  check(curl_easy_setopt(easy.get(), option, value));
}

/// Puts `text` behind the others. Throws std::bad_alloc.
void append(Slist& list, const char* text);

}  // namespace stage3::net
