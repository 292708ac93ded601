#include "captures.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>

#include "input_error.hpp"
#include "json_build.hpp"
#include "json_node.hpp"
#include "settings_reader.hpp"

namespace sim {
namespace {

namespace fs = std::filesystem;

Node member(const Node& node, const char* key) {
  const auto found = node.find(key);
  if (!found) node.fail("\"" + std::string(key) + "\" is missing: not a captured device");
  return *found;
}

std::optional<Offer> offer(const Node& offers, const char* stage) {
  const auto found = offers.find(stage);
  if (!found) return std::nullopt;
  const auto build = found->find("build_id");
  return make_offer(member(*found, "version").text(), build ? build->text() : "");
}

void read_offers(const Node& sys, UpdatePlan& plan) {
  const Node offers = member(sys, "available_updates");
  plan.stable = offer(offers, "stable");
  plan.beta = offer(offers, "beta");
  if (const auto alt = sys.find("alt")) plan.alt = to_json(alt->value());
}

Kind kind_of(const Node& info) {
  return member(info, "app").text() == "WallDisplay" ? Kind::wall_display : Kind::shelly;
}

Capture read_capture(const std::string& path) {
  const rapidjson::Document document = read_json_file(path);
  const Node root(document, path);
  const Node info = member(root, "shelly");
  const Node config = member(root, "settings");
  const Node status = member(root, "status");
  member(member(config, "sys"), "cfg_rev").integer(0, UINT32_MAX);

  const auto mac = parse_mac(member(info, "mac").text());
  if (!mac) member(info, "mac").fail("must be 12 hexadecimal digits");
  auto model = std::make_shared<Model>();
  model->kind = kind_of(info);
  model->info.CopyFrom(info.value(), model->info.GetAllocator());
  model->config.CopyFrom(config.value(), model->config.GetAllocator());
  model->status.CopyFrom(status.value(), model->status.GetAllocator());

  Capture capture{*mac, default_settings()};
  Settings& settings = capture.settings;
  settings.model = std::move(model);
  settings.id = member(info, "id").text();
  settings.firmware = make_firmware(member(info, "ver").text(), member(info, "fw_id").text());
  const Node sys = member(status, "sys");
  read_offers(sys, settings.update);
  settings.uptime = member(sys, "uptime").number(0, 1e9);
  const Node name = member(member(member(config, "sys"), "device"), "name");
  if (!name.is_null()) settings.name = name.text();
  return capture;
}

}  // namespace

std::vector<Capture> read_captures(const std::string& directory) {
  std::error_code error;
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    if (entry.path().extension() == ".json") paths.push_back(entry.path().string());
  }
  if (error) throw InputError(directory + ": cannot be read: " + error.message());
  if (paths.empty()) throw InputError(directory + ": no captured devices (*.json) there");
  std::sort(paths.begin(), paths.end());
  std::vector<Capture> captures;
  for (const std::string& path : paths)
    captures.push_back(read_capture(path));
  return captures;
}

}  // namespace sim
