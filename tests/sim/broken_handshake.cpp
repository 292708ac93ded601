#include "broken_handshake.hpp"

#include <openssl/err.h>

#include <string>

namespace sim {
namespace {

constexpr char kAlertRecord = 21;
constexpr char kHandshakeRecord = 22;
constexpr std::size_t kRecordHead = 5;
constexpr std::size_t kMaxRecord = 16384;

/// `size` bytes that hold `number`, the highest one first.
std::string big_endian(std::size_t number, int size) {
  std::string bytes;
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8)
    bytes += static_cast<char>(number >> shift & 0xFF);
  return bytes;
}

std::string record(char type, char minor_version, const std::string& content) {
  return std::string{type, 3, minor_version} + big_endian(content.size(), 2) + content;
}

bool is_complete(std::string_view hello) {
  if (!hello.empty() && hello[0] != kHandshakeRecord) return true;
  if (hello.size() < kRecordHead) return false;
  const auto high = static_cast<unsigned char>(hello[3]);
  const auto low = static_cast<unsigned char>(hello[4]);
  return hello.size() >= kRecordHead + (std::size_t{high} << 8 | low);
}

/// A choice of TLS 1.0 to 1.2, whatever the client has offered.
std::string server_hello(std::uint8_t minor_version, std::uint16_t cipher) {
  const char minor = static_cast<char>(minor_version);
  const std::string random(32, 'r');
  // The end, renegotiation_info, is what clients insist on.
  const std::string body = std::string{3, minor} + random + std::string(1, 0) +
                           big_endian(cipher, 2) + std::string(1, 0) + big_endian(5, 2) +
                           big_endian(0xFF01, 2) + big_endian(1, 2) + std::string(1, 0);
  return record(kHandshakeRecord, minor, std::string(1, 2) + big_endian(body.size(), 3) + body);
}

/// What a good server sends after `hello`.
std::string server_flight(SSL& ssl, std::string_view hello) {
  BIO* const in = BIO_new_mem_buf(hello.data(), static_cast<int>(hello.size()));
  BIO* const out = BIO_new(BIO_s_mem());
  BIO_set_mem_eof_return(in, -1);
  SSL_set_bio(&ssl, in, out);
  SSL_accept(&ssl);
  ERR_clear_error();
  const char* bytes = nullptr;
  const long size = BIO_get_mem_data(out, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

Reply sent(Delivery delivery, std::string bytes) {
  Reply reply;
  reply.delivery = delivery;
  reply.bytes = std::move(bytes);
  return reply;
}

Reply downgrade(const TlsFault& fault) {
  constexpr std::uint16_t kEcdheRsaAes128Sha = 0xC013;
  return sent(Delivery::hang, server_hello(fault.minor_version, kEcdheRsaAes128Sha));
}

/// The message says that it is as long as one can be, and goes on beyond.
Reply endless_certificate() {
  constexpr std::uint8_t kTls12 = 3;
  constexpr std::uint16_t kEcdheEcdsaAes128Gcm = 0xC02B;
  constexpr std::size_t kLongest = 0xFFFFFF;
  const std::string head = std::string(1, 11) + big_endian(kLongest, 3) +
                           big_endian(kLongest - 3, 3) + big_endian(kLongest - 6, 3);
  const std::string filler = record(kHandshakeRecord, kTls12, std::string(kMaxRecord, 'x'));
  Reply reply = sent(Delivery::endless, server_hello(kTls12, kEcdheEcdsaAes128Gcm) +
                                            record(kHandshakeRecord, kTls12, head) + filler);
  reply.piece = filler.size();
  return reply;
}

Reply drip(const TlsFault& fault, std::string flight) {
  Reply reply = sent(Delivery::drip, std::move(flight));
  reply.piece = fault.bytes;
  reply.interval = fault.interval;
  return reply;
}

}  // namespace

std::optional<Reply> break_handshake(const TlsFault& fault, std::string_view hello,
                                     const std::function<SslPtr()>& serve) {
  if (!is_complete(hello)) return std::nullopt;
  const auto flight = [&] { return server_flight(*serve(), hello); };
  switch (fault.kind) {
    case TlsFaultKind::alert:
      return sent(Delivery::linger, record(kAlertRecord, 3, {2, static_cast<char>(fault.alert)}));
    case TlsFaultKind::close:
      return sent(Delivery::close, flight().substr(0, fault.bytes));
    case TlsFaultKind::reset:
      return sent(Delivery::reset, flight().substr(0, fault.bytes));
    case TlsFaultKind::hang:
      return sent(Delivery::hang, flight().substr(0, fault.bytes));
    case TlsFaultKind::drip:
      return drip(fault, flight());
    case TlsFaultKind::garbage:
      return sent(Delivery::linger, "\x01\x02SSH-2.0-none\r\n\r\n{]");
    case TlsFaultKind::downgrade:
      return downgrade(fault);
    case TlsFaultKind::endless:
      return endless_certificate();
    case TlsFaultKind::key:
    case TlsFaultKind::http:
      break;
  }
  return sent(Delivery::close, {});
}

}  // namespace sim
