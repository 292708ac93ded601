#include "update_report.hpp"

#include <optional>

#include "device.hpp"
#include "fleet.hpp"

namespace sim {
namespace {

const char* name_of(UpdateResult result) {
  static constexpr const char* kNames[] = {"install", "discard", "cut_short", "stuck", "lost"};
  return kNames[static_cast<std::size_t>(result)];
}

void put_end(SummaryWriter& writer, const StartedUpdate& update, double started_at) {
  writer.Key("ended");
  if (!update.ended_at) {
    writer.Null();
    return;
  }
  writer.Double(started_at + *update.ended_at);
  put(writer, "ver", update.became->version);
  put(writer, "fw_id", update.became->build_id);
}

void put_started(SummaryWriter& writer, const StartedUpdate& update, double started_at) {
  writer.StartObject();
  writer.Key("t");
  writer.Double(started_at + update.started_at);
  put(writer, "version", update.offered->version);
  put(writer, "build_id", update.offered->build_id);
  writer.Key("asked");
  writer.Bool(update.was_asked);
  put(writer, "result", std::string(name_of(update.result)));
  put_end(writer, update, started_at);
  writer.EndObject();
}

}  // namespace

void put_updates(SummaryWriter& writer, const Fleet& fleet, double started_at) {
  writer.Key("updates");
  writer.StartObject();
  for (const Device& device : fleet.devices()) {
    const std::uint32_t received = device.calls[index_of(Rpc::update)];
    if (received == 0 && device.updates.empty()) continue;
    writer.Key(mac_text(device.mac).c_str());
    writer.StartObject();
    put(writer, "received", received);
    put(writer, "accepted", device.updates_accepted);
    put(writer, "installed", device.updates_installed);
    put(writer, "ver", device.firmware->version);
    put(writer, "fw_id", device.firmware->build_id);
    writer.Key("started");
    writer.StartArray();
    for (const StartedUpdate& update : device.updates)
      put_started(writer, update, started_at);
    writer.EndArray();
    writer.EndObject();
  }
  writer.EndObject();
}

}  // namespace sim
