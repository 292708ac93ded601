#include "kinds.hpp"

namespace evil {

namespace {

const KindList& all() {
  static const KindList kinds = [] {
    KindList out;
    for (const KindList& list : {floods(), bodies(), strangers()})
      out.insert(out.end(), list.begin(), list.end());
    return out;
  }();
  return kinds;
}

}  // namespace

std::string repeat(std::string_view text, std::size_t size) {
  std::string out;
  while (out.size() < size)
    out += text;
  return out;
}

Kind find_kind(std::string_view name) {
  for (const auto& [known, kind] : all())
    if (known == name) return kind;
  return nullptr;
}

std::vector<std::string> kind_names() {
  std::vector<std::string> out;
  for (const auto& [name, kind] : all())
    out.emplace_back(name);
  return out;
}

}  // namespace evil
