#include "totals.hpp"

#include <rapidjson/filewritestream.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "fleet.hpp"
#include "input_error.hpp"
#include "summary_writer.hpp"
#include "tls_state.hpp"
#include "update_report.hpp"

namespace sim {
namespace {

void put_rpcs(SummaryWriter& writer, const Totals& totals) {
  writer.Key("rpcs");
  writer.StartObject();
  for (std::size_t i = 0; i < kRpcCount; ++i) {
    if (totals.rpcs[i] != 0) put(writer, kRpcNames[i].data(), totals.rpcs[i]);
  }
  writer.EndObject();
  writer.Key("statuses");
  writer.StartObject();
  for (const auto& [status, count] : totals.statuses) {
    put(writer, std::to_string(status).c_str(), count);
  }
  writer.EndObject();
}

void put_changed_device(SummaryWriter& writer, const Device& device) {
  writer.Key(mac_text(device.mac).c_str());
  writer.StartObject();
  put(writer, "ver", device.firmware->version);
  if (device.name) {
    put(writer, "name", *device.name);
  } else {
    writer.Key("name");
    writer.Null();
  }
  put(writer, "cfg_rev", device.cfg_rev);
  put(writer, "names_written", device.names_written);
  put(writer, "updates_accepted", device.updates_accepted);
  put(writer, "updates_installed", device.updates_installed);
  writer.EndObject();
}

void put_tls_device(SummaryWriter& writer, const Device& device) {
  const TlsState& tls = *device.tls;
  writer.Key(mac_text(device.mac).c_str());
  writer.StartObject();
  put(writer, "handshakes_begun", tls.handshakes_begun);
  put(writer, "handshakes_completed", tls.handshakes_completed);
  put(writer, "handshakes_resumed", tls.handshakes_resumed);
  put(writer, "requests", tls.requests);
  put(writer, "requests_in_clear", tls.requests_in_clear);
  writer.EndObject();
}

void put_tls(SummaryWriter& writer, const Totals& totals, const Fleet& fleet) {
  std::uint64_t begun = 0, completed = 0, resumed = 0;
  for (const Device& device : fleet.devices()) {
    if (!device.tls) continue;
    begun += device.tls->handshakes_begun;
    completed += device.tls->handshakes_completed;
    resumed += device.tls->handshakes_resumed;
  }
  put(writer, "requests_in_clear", totals.requests_in_clear);
  put(writer, "handshakes_begun", begun);
  put(writer, "handshakes_completed", completed);
  put(writer, "handshakes_resumed", resumed);
  writer.Key("tls_devices");
  writer.StartObject();
  for (const Device& device : fleet.devices()) {
    if (device.tls) put_tls_device(writer, device);
  }
  writer.EndObject();
}

}  // namespace

void write_summary(const std::string& path, const Totals& totals, const Fleet& fleet) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "we"),
                                                             &std::fclose);
  if (!file) throw InputError(path + ": cannot write the summary: " + std::strerror(errno));
  std::uint64_t most = 0, names = 0, accepted = 0, installed = 0;
  for (const Device& device : fleet.devices()) {
    most = std::max<std::uint64_t>(most, device.max_connections);
    names += device.names_written;
    accepted += device.updates_accepted;
    installed += device.updates_installed;
  }
  char buffer[65536];
  rapidjson::FileWriteStream stream(file.get(), buffer, sizeof buffer);
  SummaryWriter writer(stream);
  writer.StartObject();
  put(writer, "devices", fleet.devices().size());
  put(writer, "connections", totals.connections);
  put(writer, "connections_to_nobody", totals.strangers);
  put(writer, "requests", totals.requests);
  put_rpcs(writer, totals);
  put(writer, "max_open_connections", totals.max_open);
  put(writer, "max_connections_per_device", most);
  put(writer, "names_written", names);
  put(writer, "updates_accepted", accepted);
  put(writer, "updates_installed", installed);
  put_tls(writer, totals, fleet);
  put_updates(writer, fleet, totals.started_at);
  writer.Key("changed_devices");
  writer.StartObject();
  for (const Device& device : fleet.devices()) {
    if (device.has_changed) put_changed_device(writer, device);
  }
  writer.EndObject();
  writer.EndObject();
  stream.Put('\n');
  stream.Flush();
}

}  // namespace sim
