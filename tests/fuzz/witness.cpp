#include "witness.hpp"

#include <cstdlib>
#include <optional>

#include "json_tree.hpp"
#include "target.hpp"
#include "unicode.hpp"

namespace stage3::fuzz {

namespace {

/// The first challenge's, that of a stale one's successor, and one after a 429.
constexpr int kMostNonces = 3;

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool begins_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

bool is_update(const Call& call) {
  return begins_with(call.target, "/rpc/Shelly.Update");
}
bool is_naming(const Call& call) {
  return begins_with(call.target, "/rpc/Sys.SetConfig");
}
bool asks_identity(const Call& call) {
  return call.target == "/rpc/Shelly.GetDeviceInfo" || call.target == "/shelly";
}
bool is_reading(const Call& call) {
  return call.body.empty() &&
         (asks_identity(call) || call.target == "/rpc/Sys.GetConfig" ||
          call.target == "/rpc/Sys.GetStatus" || call.target == "/rpc/Shelly.CheckForUpdate");
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const std::string digits(text.substr(i + 1, 2));
      out += static_cast<char>(std::strtoul(digits.c_str(), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// The only member of an object, if that is its name.
const Json* only_member(const Json* object, std::string_view name) {
  if (object == nullptr || object->members.size() != 1) return nullptr;
  return object->find(name);
}

}  // namespace

void Witness::judge(const Call& call) {
  if (!call.authorization.empty()) judge_login(call);
  if (is_reading(call)) return;
  require(is_update(call) || is_naming(call), "no other call is ever made");
  require(!settings_.policy().dry_run, "a dry run writes nothing");
  require(confirmed_, "no write before the identity is confirmed");
  if (is_naming(call)) judge_name(call);
  if (is_update(call)) judge_update(call);
}

void Witness::judge_login(const Call& call) {
  const std::string& login = call.authorization;
  require(!id_.empty(), "no login before the identity is confirmed");
  require(holds(login, ", realm=\"" + id_ + "\""), "a login is for the device's own realm");
  require(holds(login, "algorithm=SHA-256") && holds(login, "qop=auth"), "a login is SHA-256");
  require(!holds(login, kPassword), "no password is in it");
  require(!asks_identity(call), "no login where none is needed");
  nonces_ += holds(login, "nc=00000001");
  require(nonces_ <= kMostNonces, "a device gets one login, and few for nonces that are gone");
}

void Witness::judge_name(const Call& call) const {
  require(names_ == 0, "a name is written once");
  constexpr std::string_view kTarget = "/rpc/Sys.SetConfig";
  constexpr std::string_view kQuery = "?config=";
  const std::string_view query = std::string_view(call.target).substr(kTarget.size());
  const bool in_query = call.body.empty();
  require(in_query ? begins_with(query, kQuery) : query.empty(), "parameters travel in one place");
  const std::string text =
      in_query ? percent_decoded(query.substr(kQuery.size())) : std::string(call.body);
  const auto tree = parse_json(text);
  require(tree.has_value(), "parameters are JSON");
  const Json* config = in_query ? &*tree : only_member(&*tree, "config");
  const Json* name = only_member(only_member(config, "device"), "name");
  require(name != nullptr && name->kind == Json::Kind::string, "nothing but the name is written");
  require(name->text == settings_.name_to_write(), "the wanted name is written");
}

void Witness::judge_update(const Call& call) const {
  require(updates_ == 0, "an update is sent at most once");
  require(granted_, "no update without permission");
  require(settings_.policy().config.ota.mode == OtaMode::check_and_update,
          "no update if only checking");
  const auto is_of = [&call](const std::string& stage) {
    return call.body.empty() ? call.target == "/rpc/Shelly.Update?stage=" + stage
                             : call.body == R"({"stage":")" + stage + R"("})";
  };
  const bool may_be_beta = settings_.policy().config.ota.stage == OtaStage::beta;
  require((is_of("stable") && offers_.count("stable") > 0) ||
              (may_be_beta && is_of("beta") && offers_.count("beta") > 0),
          "the update is of a stage that is wanted and was offered");
}

void Witness::saw(const Call& call, const Reply& reply) {
  if (asks_identity(call)) read_identity(reply);
  if (call.target == "/rpc/Shelly.CheckForUpdate") read_offers(reply);
  // The device has turned away what it wants a login for, or has no nonce left for one.
  if (!reply.failure && (reply.status == 401 || reply.status == 429)) return;
  updates_ += is_update(call);
  names_ += is_naming(call);
}

void Witness::read_identity(const Reply& reply) {
  confirmed_ = false;
  if (reply.failure || reply.status != 200) return;
  const auto tree = parse_json(reply.body, Strings::any);
  if (!tree) return;
  std::string id;
  for (const Json::Member& member : tree->members) {
    const auto mac = member.name == "mac" ? Mac::parse(member.value.text) : std::nullopt;
    if (mac) confirmed_ = settings_.is_expected(mac->to_string());
    if (member.name == "id" && decode(member.value.text) && !member.value.text.empty())
      id = member.value.text;
  }
  if (confirmed_ && id_.empty()) id_ = id;
}

void Witness::read_offers(const Reply& reply) {
  offers_.clear();
  if (const auto tree = parse_json(reply.body))
    for (const Json::Member& member : tree->members)
      offers_.insert(member.name);
}

void Witness::judge(const DeviceResult& result, bool abandoned) const {
  require(updates_ == 0 || result.update_sent || !result.errors.empty(),
          "an update that was sent is told");
  require(abandoned || result.outcome != Outcome::cancelled, "nobody is cancelled by himself");
  require((result.outcome == Outcome::cancelled) == !result.ota_status, "a result has a status");
  require(!result.name_changed || settings_.policy().dry_run || names_ == 1,
          "a name that was not written is not told");
}

}  // namespace stage3::fuzz
