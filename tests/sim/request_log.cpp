#include "request_log.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cerrno>
#include <cstring>

#include "device.hpp"
#include "digest.hpp"
#include "http_request.hpp"
#include "input_error.hpp"
#include "responder.hpp"

namespace sim {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void log_text(Writer& writer, const char* key, std::string_view text) {
  writer.Key(key);
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void log_text_or_null(Writer& writer, const char* key, const char* text) {
  writer.Key(key);
  if (text == nullptr) {
    writer.Null();
  } else {
    writer.String(text);
  }
}

void put_device(Writer& writer, double time, const Device& device, const Transport& transport) {
  writer.Key("t");
  writer.Double(time);
  log_text(writer, "mac", mac_text(device.mac));
  log_text(writer, "ip", address_text(device.endpoint));
  writer.Key("port");
  writer.Uint(transport.port);
  log_text_or_null(writer, "tls", transport.tls);
  writer.Key("resumed");
  if (transport.tls != nullptr) {
    writer.Bool(transport.is_resumed);
  } else {
    writer.Null();
  }
}

void put_rpc(Writer& writer, const Judgement& judgement) {
  const bool is_unknown = judgement.rpc == Rpc::other && !judgement.method.empty();
  log_text(writer, "rpc", is_unknown ? judgement.method : name_of(judgement.rpc));
}

void put_login(Writer& writer, const Request& request, const Judgement& judgement) {
  const std::string* authorization = request.header("Authorization");
  const std::string scheme = authorization != nullptr ? auth_scheme(*authorization) : "";
  log_text_or_null(writer, "auth", authorization != nullptr ? scheme.c_str() : nullptr);
  writer.Key("accepted");
  if (judgement.is_accepted) {
    writer.Bool(*judgement.is_accepted);
  } else {
    writer.Null();
  }
}

void put_started_update(Writer& writer, const Firmware* started) {
  if (started == nullptr) return;
  writer.Key("started");
  writer.StartObject();
  log_text(writer, "version", started->version);
  log_text(writer, "build_id", started->build_id);
  writer.EndObject();
}

void write_line(std::FILE* file, rapidjson::StringBuffer& buffer) {
  buffer.Put('\n');
  std::fwrite(buffer.GetString(), 1, buffer.GetSize(), file);
}

}  // namespace

RequestLog::RequestLog(const std::string& path) : file_(std::fopen(path.c_str(), "we")) {
  if (!file_) throw InputError(path + ": cannot write the log: " + std::strerror(errno));
  std::setvbuf(file_.get(), nullptr, _IOFBF, std::size_t{1} << 18);
}

void RequestLog::request(double time, const Device& device, const Request& request,
                         const Judgement& judgement, int status) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  put_device(writer, time, device, request.transport);
  log_text(writer, "method", request.method);
  put_rpc(writer, judgement);
  log_text(writer, "target", request.target);
  if (!request.body.empty()) log_text(writer, "body", request.body);
  put_login(writer, request, judgement);
  writer.Key("status");
  writer.Int(status);
  log_text_or_null(writer, "fault", judgement.fault);
  put_started_update(writer, judgement.started);
  writer.Key("open");
  writer.Uint64(judgement.open);
  writer.EndObject();
  write_line(file_.get(), buffer);
  is_dirty_ = true;
}

void RequestLog::flush() {
  if (!is_dirty_) return;
  std::fflush(file_.get());
  is_dirty_ = false;
}

}  // namespace sim
