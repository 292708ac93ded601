#include "identities.hpp"

#include <openssl/pem.h>
#include <rapidjson/filewritestream.h>
#include <rapidjson/prettywriter.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "fleet.hpp"
#include "input_error.hpp"
#include "tls_state.hpp"

namespace sim {
namespace {

/// So many keys devices share: making an RSA key takes a fifth of a second.
constexpr std::size_t kSharedKeys = 2;

using FilePtr = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

FilePtr open_file(const std::string& path, const char* what) {
  FilePtr file(std::fopen(path.c_str(), "we"), &std::fclose);
  if (!file) throw InputError(path + ": cannot write the " + what + ": " + std::strerror(errno));
  return file;
}

using Writer = rapidjson::PrettyWriter<rapidjson::FileWriteStream>;

void put_pin(Writer& writer, const std::string& name, const Identity& identity) {
  writer.Key(name.c_str());
  writer.String(pin_of(*identity.key).c_str());
}

Issuer issuer_of(const CertificatePlan& plan) {
  return plan.issuer.value_or(plan.chain > 1 ? Issuer::factory : Issuer::self);
}

}  // namespace

const Identity& Identities::of(Device& device, const TlsFault* fault) {
  auto& known = device.tls->identities;
  const auto found = known.find(fault);
  if (found != known.end()) return found->second;
  const CertificatePlan& own = device.settings->tls->certificate;
  const bool has_plan = fault != nullptr && fault->certificate;
  return known.emplace(fault, make(device, has_plan ? *fault->certificate : own)).first->second;
}

Authority& Identities::authority(Issuer issuer) {
  const char* name = issuer == Issuer::ca ? "stage3-sim CA" : "stage3-sim factory CA";
  return authorities_.try_emplace(issuer, name).first->second;
}

std::shared_ptr<EVP_PKEY> Identities::key_for(const Device& device, const CertificatePlan& plan) {
  const bool is_own = plan.own_key.value_or(plan.kind == KeyKind::ec);
  // No two identities of a device have the same key.
  const std::size_t known = device.tls->identities.size();
  if (is_own || known >= kSharedKeys) return make_key(plan.kind);
  auto& shared = shared_keys_[{plan.kind, (device.index + known) % kSharedKeys}];
  if (!shared) shared = make_key(plan.kind);
  return shared;
}

Identity Identities::make(const Device& device, const CertificatePlan& plan) {
  Identity identity;
  identity.key = key_for(device, plan);
  CertificateText text;
  text.subject = shown_id(device);
  text.serial = (device.mac << 8) + device.tls->identities.size();
  text.validity = plan.validity;
  text.padding = plan.padding;
  if (issuer_of(plan) == Issuer::self) {
    text.issuer = text.subject;
    identity.certificate = make_certificate(text, *identity.key, *identity.key);
  } else {
    Authority& issuer = authority(issuer_of(plan));
    identity.certificate = issuer.sign(text, *identity.key, plan.chain);
    identity.chain = issuer.between(plan.chain);
  }
  return identity;
}

void Identities::write_ca(const std::string& path) {
  const FilePtr file = open_file(path, "CA");
  PEM_write_X509(file.get(), &authority(Issuer::ca).certificate());
}

void Identities::write_keys(const std::string& path, Fleet& fleet) {
  const FilePtr file = open_file(path, "keys");
  char buffer[65536];
  rapidjson::FileWriteStream stream(file.get(), buffer, sizeof buffer);
  Writer writer(stream);
  writer.StartObject();
  for (Device& device : fleet.devices()) {
    if (!device.tls) continue;
    const std::string mac = mac_text(device.mac);
    put_pin(writer, mac, of(device));
    std::size_t number = 0;
    for (const TlsFault& fault : device.settings->tls->faults) {
      if (fault.kind != TlsFaultKind::key) continue;
      put_pin(writer, mac + "/" + std::to_string(++number), of(device, &fault));
    }
  }
  writer.EndObject();
  stream.Put('\n');
  stream.Flush();
}

}  // namespace sim
