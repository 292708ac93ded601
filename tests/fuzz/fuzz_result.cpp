// Result lines: whatever a device or an entry says, `--json` prints one line of ASCII that is JSON
// and says the same. The first line of the input has a letter for each thing that holds; the other
// lines are texts.

#include <stage3/result.hpp>

#include <algorithm>

#include "json_tree.hpp"
#include "target.hpp"
#include "unicode.hpp"

using namespace stage3::fuzz;
using namespace stage3;

namespace {

/// The member of the JSON, and where its text is in a result.
struct TextMember {
  const char* name;
  std::string DeviceResult::*text;
};
constexpr TextMember kTexts[] = {
    {"id", &DeviceResult::id},         {"app", &DeviceResult::app},
    {"fw", &DeviceResult::fw},         {"fw_id", &DeviceResult::fw_id},
    {"update", &DeviceResult::update}, {"wanted_name", &DeviceResult::wanted_name}};

DeviceResult make_result(std::string_view rest) {
  const std::string_view flags = next_line(rest);
  const auto has = [&](char flag) { return flags.find(flag) != std::string_view::npos; };
  DeviceResult result;
  result.device.key = next_line(rest);
  result.device.model = next_line(rest);
  if (has('d')) result.device.defect = next_line(rest);
  if (has('6')) result.device.address = *Address::parse("[2001:db8::1]:8080");
  result.outcome = has('f') ? Outcome::failed : has('o') ? Outcome::offline : Outcome::ok;
  if (!has('c')) result.ota_status = has('u') ? OtaStatus::update_available : OtaStatus::error;
  if (has('n')) result.friendly_status = FriendlyStatus::no_value;
  if (has('s')) result.last_seen = 1'795'444'265;
  result.finished_at = 1'795'444'265;
  result.name_changed = has('w');
  result.update_sent = has('t');
  for (const TextMember& member : kTexts)
    result.*member.text = next_line(rest);
  if (has('w') && !has('q')) result.previous_name = next_line(rest);
  if (has('m')) result.device_name = next_line(rest);
  while (!rest.empty()) {
    const int code = has('r') ? -103 : 0;
    result.errors.push_back({Part::ota, Cause::rpc, 500, code, std::string(next_line(rest))});
  }
  return result;
}

/// What is not valid UTF-8 cannot be told; it is replaced.
void require_told(const Json& object, const char* name, const std::string& text) {
  const Json* told = object.find(name);
  require(told != nullptr && told->kind == Json::Kind::string, "a text is told");
  if (decode(text)) require(told->text == text, "a text is told as it is");
}

std::string to_line(const DeviceResult& result) {
  std::string out = to_json(result);
  // The mutant leaves a character that does no harm to JSON as it is.
  const std::size_t at = kMutant ? out.find("\\u202e") : std::string::npos;
  return at == std::string::npos ? out : out.replace(at, 6, encode(0x202E));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const DeviceResult result = make_result(as_text(data, size));
  const std::string line = to_line(result);
  require(std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c < '\x7f'; }),
          "a line is printable ASCII");
  const auto tree = parse_json(line);
  require(tree && tree->kind == Json::Kind::object, "a line is a JSON object");
  for (const TextMember& member : kTexts) {
    const std::string& text = result.*member.text;
    if (!text.empty()) require_told(*tree, member.name, text);
  }
  require_told(*tree, "key", result.device.key);
  if (result.device_name) require_told(*tree, "device_name", *result.device_name);
  if (result.previous_name) require_told(*tree, "previous_name", *result.previous_name);
  const Json* errors = tree->find("errors");
  require(errors != nullptr && errors->elements.size() == result.errors.size(), "errors are told");
  for (std::size_t i = 0; i < result.errors.size(); ++i)
    require_told(errors->elements[i], "text", result.errors[i].text);
  return 0;
}
