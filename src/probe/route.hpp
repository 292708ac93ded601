#pragma once

#include <cstdint>
#include <optional>

#include <stage3/device_probe.hpp>

namespace stage3::probe {

/// By which way a device is asked, plain HTTP or TLS. It goes over from the first to the second,
/// never to another address, and never back once the device has been seen by TLS: from then on only
/// the key that it had will do.
class Route {
 public:
  Route() = default;
  Route(const Device& device, const Config& config);

  /// What forbids to ask the device by any way; empty: nothing.
  const char* contradiction() const { return contradiction_; }

  bool is_tls() const { return port_ != 0; }
  /// For the next call, with this time for the handshake; none: plain HTTP.
  std::optional<TlsTerms> tls(Duration timeout) const;

  /// TLS is nothing but a guess, since the port for plain HTTP was refused.
  bool is_guess() const { return is_guess_; }
  /// TLS must be, and the device is not known to speak it.
  bool is_demanded() const { return is_demanded_; }

  enum class Turn {
    none,       ///< the reply is what it is
    over,       ///< the same again, by TLS
    guess,      ///< the same again, by TLS, which may not be there
    forbidden,  ///< it would go on by TLS only
    elsewhere,  ///< it would go on at another address only
  };
  /// What the reply to the question who is at `address` means for the way to ask, which is changed
  /// by it. `has_answered`: something has, by plain HTTP.
  Turn follow(const Reply& reply, const Address& address, bool has_answered);

  /// Notes the key that a reply came with.
  void note(const Reply& reply);
  /// The last reply was the right device's.
  void confirm();
  /// For the next look at who is there: as at first, unless the device has been seen by TLS. What
  /// another one has shown, or sent us to, says nothing about the device.
  void begin_anew(const Device&, const Config&);

  /// Another key than the one on record may be taken: the device has not been seen yet.
  bool may_take_key() const { return is_held_ && !is_confirmed_ && !has_taken_key_; }
  /// Only this one will do from now on, instead of the one on record.
  void take_key(const KeyHash& key) {
    key_ = key;
    has_taken_key_ = true;
  }
  bool has_taken_key() const { return has_taken_key_; }

  /// Of the last reply by TLS.
  CertificateTime certificate() const { return certificate_; }
  /// Where the device speaks TLS, with the key that is known; none: it is asked by plain HTTP.
  std::optional<TlsPin> pin() const;

 private:
  const char* contradiction_ = "";
  /// For TLS; 0: plain HTTP.
  std::uint16_t port_ = 0;
  /// On record, or of the last reply.
  std::optional<KeyHash> key_;
  /// No other key will do.
  bool is_held_ = false;
  /// The device has been seen by TLS.
  bool is_confirmed_ = false;
  bool is_allowed_ = true;
  bool is_guess_ = false;
  bool is_demanded_ = false;
  bool has_taken_key_ = false;
  CertificateTime certificate_ = CertificateTime::valid;
};

}  // namespace stage3::probe
