// Answers of a device: each reader takes any bytes, refuses what is not JSON and nothing else for
// it, and tells what another reader finds in them. Strings that are not Unicode and numbers of any
// size are JSON here, but such strings tell nothing.

#include <algorithm>

#include "json_tree.hpp"
#include "rpc/answers.hpp"
#include "target.hpp"
#include "unicode.hpp"

using namespace stage3::fuzz;
using namespace stage3;

namespace {

constexpr std::size_t kMaxBytes = 64 * 1024;
constexpr std::size_t kMaxText = 1024;
constexpr std::size_t kMaxNumber = 1024;

/// The library does not read numbers of any length.
bool has_long_number(const Json& value) {
  if (value.kind == Json::Kind::number) return value.raw.size() > kMaxNumber;
  return std::any_of(value.elements.begin(), value.elements.end(), has_long_number) ||
         std::any_of(value.members.begin(), value.members.end(),
                     [](const Json::Member& member) { return has_long_number(member.value); });
}

template <class T>
bool is_refused_as_json(const rpc::Answer<T>& answer) {
  const auto* unusable = std::get_if<rpc::Unusable>(&answer);
  return unusable != nullptr && unusable->why.rfind("answer is not JSON", 0) == 0;
}

bool is_usable_text(const Json& value) {
  return value.kind == Json::Kind::string && value.text.size() <= kMaxText && decode(value.text);
}

/// The last usable text among the members of this name.
std::string text_of(const Json& object, std::string_view name) {
  std::string out;
  for (const auto& member : object.members)
    if (member.name == name && is_usable_text(member.value)) out = member.value.text;
  return out;
}

void check_info(const Json& tree, const rpc::DeviceInfo& info) {
  require(info.mac == Mac::parse(text_of(tree, "mac")), "the MAC is what the answer says");
  require(info.id == text_of(tree, "id"), "the id is what the answer says");
  require(info.app == text_of(tree, "app"), "the app is what the answer says");
  require(info.ver == text_of(tree, "ver"), "the version is what the answer says");
  require(info.fw_id == text_of(tree, "fw_id"), "the build is what the answer says");
  const Json* auth = tree.find("auth_en");
  if (auth != nullptr && auth->kind <= Json::Kind::string) {
    require(info.auth_en == (auth->raw == "true"), "auth_en is what the answer says");
  }
  if (info.name.is_given) {
    const Json* name = tree.find("name");
    require(name != nullptr, "a name that is told is in the answer");
    if (name->kind <= Json::Kind::string) {
      require(info.name.name == name->text, "the name is what the answer says");
      require(name->kind == Json::Kind::null || is_usable_text(*name), "a name is a usable text");
    }
  }
}

void check_config(const Json& tree, const rpc::SysConfig& config) {
  const auto is_told = [&](std::string_view name, const auto& is_it) {
    return std::any_of(tree.members.begin(), tree.members.end(), [&](const Json::Member& device) {
      if (device.name != "device") return false;
      return std::any_of(
          device.value.members.begin(), device.value.members.end(),
          [&](const Json::Member& member) { return member.name == name && is_it(member.value); });
    });
  };
  if (config.name.is_given) {
    require(is_told("name", [&](const Json& value) { return value.text == config.name.name; }),
            "the name is one that the answer tells");
  }
  if (config.mac) {
    require(is_told("mac",
                    [&](const Json& value) {
                      return is_usable_text(value) && Mac::parse(value.text) == config.mac;
                    }),
            "the MAC is one that the answer tells");
  }
}

void check_offer(const Json& tree, const char* stage, const std::optional<rpc::Offer>& offer) {
  if (!offer) return;
  const Json* told = tree.find(stage);
  require(told != nullptr && told->kind == Json::Kind::object, "an offer is in the answer");
  require(!offer->version.empty(), "an offer has a version");
  require(offer->version == text_of(*told, "version"), "an offer's version is what it says");
  require(offer->build_id == text_of(*told, "build_id"), "an offer's build is what it says");
}

/// What is offered as stable does not depend on the stage that is wanted.
void check_stable_alone(const std::string& body, const rpc::Answer<rpc::Offers>& both) {
  const auto* told = std::get_if<rpc::Offers>(&both);
  if (told == nullptr) return;
  const auto alone = rpc::read_offers(body, OtaStage::stable);
  const auto* stable = std::get_if<rpc::Offers>(&alone);
  require(stable != nullptr && !stable->beta, "who wants no beta is told none");
  require(stable->stable.has_value() == told->stable.has_value(), "stable is told to all");
}

template <class T, class Check>
void check_answer(const rpc::Answer<T>& answer, const Json& tree, Check check) {
  if (const auto* told = std::get_if<T>(&answer)) {
    check(tree, *told);
  } else {
    require(decode(std::get<rpc::Unusable>(answer).why).has_value(), "a reason is valid UTF-8");
  }
}

/// The mutant reads a list that ends with a comma.
std::string as_read(std::string_view body) {
  std::string out(body);
  const std::size_t at = kMutant ? out.find(",]") : std::string::npos;
  return at == std::string::npos ? out : out.erase(at, 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body = as_text(data, size);
  const std::string read = as_read(body);
  const auto info = rpc::read_device_info(read);
  const auto config = rpc::read_sys_config(read);
  const auto offers = rpc::read_offers(read, OtaStage::beta);
  const auto error = rpc::read_rpc_error(read);

  auto tree = body.size() > kMaxBytes ? std::nullopt : parse_json(body, Strings::any);
  if (tree && has_long_number(*tree)) tree.reset();
  const bool is_object = tree && tree->kind == Json::Kind::object;
  require(is_refused_as_json(offers) == !tree, "what is not JSON, and nothing else, is not read");
  require(is_refused_as_json(info) == !is_object, "a description is an object");
  require(is_refused_as_json(config) == !is_object, "a configuration is an object");
  const auto has = [&](const char* name) { return tree->find(name) != nullptr; };
  require(!error || (is_object && (has("code") || has("error"))),
          "an error is an object with a code or an error");
  if (!is_object) return 0;

  require(std::holds_alternative<rpc::DeviceInfo>(info) ==
              Mac::parse(text_of(*tree, "mac")).has_value(),
          "a MAC, and nothing else, makes a description");
  require(std::holds_alternative<rpc::SysConfig>(config), "any object is a configuration");
  const bool is_frame = has("code") || has("error") || has("result");
  require(std::holds_alternative<rpc::Offers>(offers) || has("stable") || has("beta") || is_frame,
          "only an offer that counts, or an answer of another form, makes offers unusable");
  require(!is_frame || std::holds_alternative<rpc::Unusable>(offers),
          "an error is no list of offers");
  check_stable_alone(read, offers);
  check_answer(info, *tree, check_info);
  check_answer(config, *tree, check_config);
  check_answer(offers, *tree, [](const Json& told, const rpc::Offers& both) {
    check_offer(told, "stable", both.stable);
    check_offer(told, "beta", both.beta);
  });
  return 0;
}
