#include "tls_layer.hpp"

#include <algorithm>
#include <utility>

#include "device.hpp"
#include "settings.hpp"

namespace sim {
namespace {

std::pair<int, int> versions_of(TlsVersion version) {
  switch (version) {
    case TlsVersion::v1_0:
      return {TLS1_VERSION, TLS1_VERSION};
    case TlsVersion::v1_1:
      return {TLS1_1_VERSION, TLS1_1_VERSION};
    case TlsVersion::v1_2:
      return {TLS1_2_VERSION, TLS1_2_VERSION};
    case TlsVersion::v1_3:
      return {TLS1_3_VERSION, TLS1_3_VERSION};
    case TlsVersion::any:
      break;
  }
  return {TLS1_2_VERSION, TLS1_3_VERSION};
}

void set_versions(SSL_CTX& context, TlsVersion version) {
  const auto [min, max] = versions_of(version);
  SSL_CTX_set_min_proto_version(&context, min);
  SSL_CTX_set_max_proto_version(&context, max);
  if (max >= TLS1_2_VERSION) return;
  // OpenSSL 3 speaks these two at its lowest level of security only.
  SSL_CTX_set_security_level(&context, 0);
  SSL_CTX_set_cipher_list(&context, "ALL:@SECLEVEL=0");
}

void set_resumption(SSL_CTX& context, Resumption resumption) {
  if (resumption == Resumption::tickets) return;
  SSL_CTX_set_options(&context, SSL_OP_NO_TICKET);
  if (resumption == Resumption::cache) return;
  SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(&context, 0);
}

void bind_sessions(SSL& connection, const Device& device, const Identity& identity) {
  const std::string owner = mac_text(device.mac) + pin_of(*identity.key).substr(8);
  unsigned char name[SSL_MAX_SID_CTX_LENGTH];
  const std::size_t size = std::min(owner.size(), sizeof name);
  std::copy_n(owner.begin(), size, name);
  SSL_set_session_id_context(&connection, name, static_cast<unsigned>(size));
}

}  // namespace

SSL_CTX& TlsLayer::context(const TlsPlan& plan) {
  SslContextPtr& context = contexts_[&plan];
  if (!context) {
    context.reset(SSL_CTX_new(TLS_server_method()));
    expect_openssl(context != nullptr, "make a context");
    set_versions(*context, plan.version);
    set_resumption(*context, plan.resumption);
  }
  return *context;
}

SslPtr TlsLayer::serve(const Device& device, const Identity& identity) {
  const TlsPlan& plan = *device.settings->tls;
  SslPtr connection(SSL_new(&context(plan)));
  expect_openssl(connection != nullptr, "make a connection");
  SSL_use_certificate(connection.get(), identity.certificate.get());
  expect_openssl(SSL_use_PrivateKey(connection.get(), identity.key.get()) == 1, "use a key");
  for (X509* link : identity.chain)
    SSL_add1_chain_cert(connection.get(), link);
  if (!plan.close_notify) SSL_set_quiet_shutdown(connection.get(), 1);
  bind_sessions(*connection, device, identity);
  return connection;
}

}  // namespace sim
