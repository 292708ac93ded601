#include "rpc_call.hpp"

#include <string_view>

#include "json_build.hpp"

namespace sim {
namespace {

using rapidjson::Document;
using rapidjson::Value;

constexpr unsigned kParseFlags =
    rapidjson::kParseValidateEncodingFlag | rapidjson::kParseIterativeFlag;

bool parse_json(const std::string& text, Document& document) {
  document.Parse<kParseFlags>(text.data(), text.size());
  return !document.HasParseError();
}

/// White space outside of strings.
bool has_loose_spaces(std::string_view json) {
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string && c == '\\') {
      ++i;
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
      return true;
    }
  }
  return false;
}

/// One "key=value" of a query. A value that is JSON is taken as such, any other as a string.
void read_parameter(std::string_view text, Call& call) {
  const auto equals = text.find('=');
  std::string key;
  std::string value;
  if (!percent_decode(text.substr(0, equals), key)) call.is_malformed = true;
  const bool has_value = equals != std::string_view::npos;
  if (!percent_decode(has_value ? text.substr(equals + 1) : std::string_view(), value)) {
    call.is_malformed = true;
  }
  if (key.empty()) return;
  JsonAllocator& allocator = call.params.GetAllocator();
  Document parsed;
  if (parse_json(value, parsed)) {
    call.has_json_spaces |= parsed.IsObject() && has_loose_spaces(value);
    put(call.params, key.c_str(), Value(parsed, allocator), allocator);
  } else {
    put_text(call.params, key.c_str(), value, allocator);
  }
}

void read_query(std::string_view query, Call& call) {
  while (!query.empty()) {
    const auto end = query.find('&');
    read_parameter(query.substr(0, end), call);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
  }
}

void name_method(const std::string& method, Call& call) {
  call.method = method;
  const auto rpc = rpc_named(method);
  const bool is_rpc = rpc && *rpc != Rpc::other && *rpc != Rpc::shelly_page;
  call.rpc = is_rpc ? *rpc : Rpc::other;
}

void read_body_params(const Request& request, Call& call) {
  if (request.body.empty()) return;
  Document body;
  if (!parse_json(request.body, body) || !body.IsObject()) {
    call.is_malformed = true;
    return;
  }
  call.has_json_spaces |= has_loose_spaces(request.body);
  call.params.CopyFrom(body, call.params.GetAllocator());
}

void read_frame(const Request& request, Call& call) {
  Document frame;
  if (!parse_json(request.body, frame) || !frame.IsObject() || !frame.HasMember("method") ||
      !frame["method"].IsString()) {
    call.is_malformed = true;
    return;
  }
  name_method(frame["method"].GetString(), call);
  call.has_json_spaces = has_loose_spaces(request.body);
  if (frame.HasMember("id")) call.frame_id = to_json(frame["id"]);
  if (frame.HasMember("src")) call.frame_src = to_json(frame["src"]);
  if (frame.HasMember("params") && frame["params"].IsObject()) {
    call.params.CopyFrom(frame["params"], call.params.GetAllocator());
  }
}

}  // namespace

Call parse_call(const Request& request) {
  Call call;
  call.params.SetObject();
  std::string path;
  if (!percent_decode(request.path, path)) call.is_malformed = true;
  if (request.method != "GET" && request.method != "POST") {
    call.is_malformed = true;
  } else if (path == "/shelly") {
    call.rpc = Rpc::shelly_page;
  } else if (path.compare(0, 5, "/rpc/") == 0) {
    call.form = Form::url;
    name_method(path.substr(5), call);
    read_query(request.query, call);
    if (request.method == "POST") read_body_params(request, call);
  } else if (path == "/rpc") {
    call.form = Form::frame;
    read_frame(request, call);
  }
  return call;
}

}  // namespace sim
