#include "authority.hpp"

#include <utility>

namespace sim {

Authority::Authority(std::string name) {
  add_link(std::move(name), nullptr);
}

void Authority::add_link(std::string name, const Link* issuer) {
  Link link;
  CertificateText text;
  text.subject = name;
  text.issuer = issuer != nullptr ? issuer->name : name;
  text.serial = links_.size() + 1;
  text.is_authority = true;
  link.key = make_key(KeyKind::ec);
  link.certificate =
      make_certificate(text, *link.key, issuer != nullptr ? *issuer->key : *link.key);
  link.name = std::move(name);
  links_.push_back(std::move(link));
}

CertificatePtr Authority::sign(CertificateText text, EVP_PKEY& key, std::size_t chain) {
  while (links_.size() < chain) {
    add_link(links_.front().name + " " + std::to_string(links_.size()), &links_.back());
  }
  const Link& issuer = links_[chain - 1];
  text.issuer = issuer.name;
  return make_certificate(text, key, *issuer.key);
}

std::vector<X509*> Authority::between(std::size_t chain) const {
  std::vector<X509*> certificates;
  for (std::size_t i = chain - 1; i > 0; --i)
    certificates.push_back(links_[i].certificate.get());
  return certificates;
}

}  // namespace sim
