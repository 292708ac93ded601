// A device that no HTTP reaches: the conversation is the library's, the way to the device is not.
// Frames are JSON-RPC, as Shelly devices take them by WebSocket, MQTT or Bluetooth; the "wire" here
// is a function, whose device has a name of its own and the newest firmware.
#include <ctime>
#include <exception>
#include <fstream>
#include <iostream>
#include <stage3/device_probe.hpp>
#include <stage3/text.hpp>
#include <stdexcept>

namespace {

// The other end of the wire: a device that answers one frame with one frame.
std::string device_says(const std::string& frame) {
  static bool has_name = false;
  const auto asked = [&](const char* text) { return frame.find(text) != std::string::npos; };
  if (asked(R"("method":"Shelly.GetDeviceInfo")"))
    return std::string(R"({"id":"shellyplus1-a8032abe54dc","mac":"A8032ABE54DC","gen":2,)") +
           R"("ver":"1.7.5","fw_id":"20260311-095911/1.7.5","app":"Plus1","name":)" +
           (has_name ? R"("Kitchen"})" : "null}");
  if (asked(R"("method":"Shelly.CheckForUpdate")")) return "{}";
  if (!asked(R"("method":"Sys.SetConfig")")) return R"({"code":404,"message":"No handler"})";
  has_name = asked(R"("params":{"config":{"device":{"name":"Kitchen"}}})");
  return R"({"restart_required":false})";
}

// One RPC by frame. `answer` holds the text that the reply looks into.
stage3::Reply perform(const stage3::Call& call, std::string& answer) {
  stage3::Reply reply;
  reply.status = 404;
  // What exists over HTTP only is not there.
  if (call.method.empty()) return reply;
  std::string frame = R"({"id":1,"src":"stage3","method":")" + std::string(call.method) + '"';
  if (!call.parameters.empty()) frame += R"(,"params":)" + call.parameters;
  std::cout << (frame += '}') << '\n';
  answer = device_says(frame);
  // Where no answer comes within call.timeout: status 0 and reply.failure = stage3::Cause::timeout.
  reply.status = 200;
  reply.body = answer;
  return reply;
}

// Asks until the conversation is over. A host with an event loop does one turn of it an event.
stage3::DeviceResult converse(stage3::DeviceProbe& probe) {
  stage3::Started started;
  std::ifstream random("/dev/urandom", std::ios::binary);
  if (!random.read(reinterpret_cast<char*>(started.random.data()), started.random.size()))
    throw std::runtime_error("/dev/urandom cannot be read");
  std::string answer;
  stage3::Action action = probe.on(started);
  while (!std::holds_alternative<stage3::Done>(action)) {
    if (const auto* call = std::get_if<stage3::Call>(&action)) {
      action = probe.on(perform(*call, answer));
    } else if (std::holds_alternative<stage3::Ping>(action)) {
      action = probe.on(stage3::Pinged{true});  // the wire is there
    } else if (std::holds_alternative<stage3::Permit>(action)) {
      action = probe.on(stage3::Granted{false});  // updates are not this program's business
    } else {
      action = probe.on(stage3::Waited{});  // nothing is gained by waiting for a function
    }
  }
  stage3::DeviceResult result = probe.take_result();
  // A probe has no clock, and nothing that a device said is recorded without them.
  result.finished_at = std::time(nullptr);
  if (probe.seen()) result.last_seen = result.finished_at;
  return result;
}

}  // namespace

int main() try {
  stage3::Policy policy;
  policy.config.network.tls = stage3::TlsMode::off;  // the wire has none
  stage3::Device device;
  const auto mac = stage3::Mac::parse("A8032ABE54DC");
  if (!mac) throw std::runtime_error("not a MAC");
  device.mac = *mac;
  device.wanted_name = {stage3::WantedName::Kind::text, "Kitchen"};

  stage3::DeviceProbe probe(policy, device);
  const stage3::DeviceResult result = converse(probe);
  std::cout << to_string(result.outcome) << ' ' << stage3::escape(result.device_name.value_or("?"))
            << ' ' << stage3::escape(result.fw) << '\n';
  for (const auto& error : result.errors)
    std::cerr << stage3::escape(error.text) << '\n';
  return result.outcome == stage3::Outcome::ok ? 0 : 1;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
