#include "settings_reader.hpp"

#include <limits>

#include "device.hpp"
#include "json_build.hpp"
#include "json_node.hpp"
#include "settings.hpp"

namespace sim {
namespace {

void read_identity(const Node& node, Settings& settings) {
  if (const auto kind = node.find("kind")) {
    const auto word = kind->word({"shelly", "gen1", "wall_display"});
    settings.model = builtin_model(static_cast<Kind>(word));
    // Wall Displays count their versions on their own.
    if (settings.model->kind == Kind::wall_display) settings.firmware = make_firmware("2.3.5", "");
  }
  if (const auto app = node.find("app")) settings.app = app->text();
  if (const auto model = node.find("model")) settings.model_code = model->text();
  if (const auto gen = node.find("gen")) settings.gen = static_cast<int>(gen->integer(1, 99));
  if (const auto auth_en = node.find("auth_en")) settings.auth_en = auth_en->flag();
  if (const auto mac = node.find("mac")) {
    settings.mac = mac->text();
    if (!parse_mac(*settings.mac)) mac->fail("must be 12 hexadecimal digits");
  }
  if (const auto id = node.find("id")) {
    settings.id = id->text();
    if (settings.id->find("{id}") != std::string::npos) id->fail("cannot contain {id}");
  }
}

void read_place(const Node& node, Settings& settings) {
  if (const auto ip = node.find("ip")) {
    settings.ipv4 = parse_loopback(ip->text());
    if (!settings.ipv4) ip->fail("must be an address in 127.0.0.0/8 or \"::1\"");
  }
  if (const auto port = node.find("port")) {
    settings.port = static_cast<std::uint16_t>(port->integer(0, 65535));
  }
  if (const auto presence = node.find("presence")) {
    const auto word = presence->word({"online", "silent", "reset", "refused"});
    settings.presence = static_cast<Presence>(word);
  }
}

void read_firmware(const Node& node, Settings& settings) {
  const auto version = node.find("ver");
  const auto build = node.find("fw_id");
  if (version || build) {
    settings.firmware = make_firmware(version ? version->text() : settings.firmware.version,
                                      build ? build->text() : std::string());
  }
  if (const auto http = node.find("http")) settings.mongoose = http->word({"shelly", "mongoose"});
}

void read_name(const Node& node, Settings& settings) {
  if (const auto name = node.find("name")) {
    settings.name.reset();
    if (!name->is_null()) settings.name = name->text();
  }
  if (const auto limit = node.find("name_limit")) settings.name_limit = limit->integer(1, 65535);
  if (const auto write = node.find("name_write")) {
    settings.name_write = static_cast<NameWrite>(write->word({"store", "ignore", "truncate"}));
  }
  node.read("rejects_json_spaces", settings.rejects_json_spaces);
}

void read_sleep(const Node& node, Settings& settings) {
  settings.sleep.reset();
  if (node.is_null()) return;
  node.expect_keys({"period_seconds", "awake_seconds", "offset_seconds"});
  SleepPlan plan;
  node.read("period_seconds", plan.period, 0.01, kMaxSeconds);
  node.read("awake_seconds", plan.awake, 0, kMaxSeconds);
  node.read("offset_seconds", plan.offset, 0, kMaxSeconds);
  if (plan.period == 0) node.fail("\"period_seconds\" is missing");
  settings.sleep = plan;
}

void read_latencies(const Node& node, Settings& settings) {
  if (const auto all = node.find("*")) settings.latency.fill(read_latency(*all));
  for (const auto& [name, range] : node.members()) {
    if (name == "*") continue;
    const auto rpc = rpc_named(name);
    if (!rpc) range.fail("no such RPC; \"*\" stands for all");
    settings.latency[index_of(*rpc)] = read_latency(range);
  }
}

void read_state(const Node& node, StatePlan& plan) {
  node.expect_keys({"present", "port_field", "mac", "ip", "omit", "fields"});
  node.read("present", plan.present);
  node.read("port_field", plan.port_field);
  node.read("mac", plan.mac);
  node.read("ip", plan.ip);
  if (const auto omit = node.find("omit")) {
    plan.omitted.clear();
    for (const Node& item : omit->items())
      plan.omitted.push_back(item.text());
  }
  if (const auto fields = node.find("fields")) {
    for (const auto& [key, value] : fields->members()) {
      plan.fields.emplace_back(key, to_json(value.value()));
    }
  }
}

void read_optional_login(const Node& node, Settings& settings) {
  if (node.is_null()) {
    settings.login.reset();
    return;
  }
  if (!settings.login) settings.login.emplace();
  read_login(node, *settings.login);
}

void read_optional_tls(const Node& node, Settings& settings) {
  if (node.is_null()) {
    settings.tls.reset();
    return;
  }
  if (!settings.tls) settings.tls.emplace();
  read_tls(node, *settings.tls);
}

}  // namespace

Settings default_settings() {
  Settings settings;
  static const std::shared_ptr<const Model> model = builtin_model(Kind::shelly);
  settings.model = model;
  settings.firmware = make_firmware("1.4.4", "");
  return settings;
}

void read_settings(const Node& node, Settings& settings) {
  node.expect_keys({"kind",
                    "app",
                    "model",
                    "gen",
                    "id",
                    "mac",
                    "ip",
                    "port",
                    "presence",
                    "ver",
                    "fw_id",
                    "http",
                    "auth_en",
                    "name",
                    "name_limit",
                    "name_write",
                    "rejects_json_spaces",
                    "uptime",
                    "restart_required",
                    "sleep",
                    "wakeup_period",
                    "latency_ms",
                    "auth",
                    "tls",
                    "update",
                    "faults",
                    "state"});
  read_identity(node, settings);
  read_place(node, settings);
  read_firmware(node, settings);
  read_name(node, settings);
  node.read("uptime", settings.uptime, 0, 1e9);
  node.read("restart_required", settings.restart_required);
  if (const auto period = node.find("wakeup_period")) {
    settings.wakeup_period = static_cast<std::uint32_t>(period->integer(1, 1000000));
  }
  if (const auto sleep = node.find("sleep")) read_sleep(*sleep, settings);
  if (const auto latency = node.find("latency_ms")) read_latencies(*latency, settings);
  if (const auto login = node.find("auth")) read_optional_login(*login, settings);
  if (const auto tls = node.find("tls")) read_optional_tls(*tls, settings);
  if (const auto update = node.find("update")) read_update(*update, settings.update);
  if (const auto faults = node.find("faults")) {
    for (const Node& fault : faults->items())
      settings.faults.push_back(read_fault(fault));
  }
  if (const auto state = node.find("state")) read_state(*state, settings.state);
}

}  // namespace sim
