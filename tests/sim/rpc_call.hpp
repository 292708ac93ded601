#pragma once

#include <rapidjson/document.h>

#include <string>

#include "http_request.hpp"
#include "rpc_name.hpp"

namespace sim {

/// The URL form of a request; on it depends how an error is told.
enum class Form {
  page,   ///< GET /shelly, or a path that is no RPC
  url,    ///< GET or POST /rpc/<Method>
  frame,  ///< POST /rpc
};

/// What a request asks for.
struct Call {
  Form form = Form::page;
  Rpc rpc = Rpc::other;
  std::string method;             ///< as sent, also when unknown
  rapidjson::Document params;     ///< always an object
  bool has_json_spaces = false;   ///< white space between the tokens of a JSON parameter
  bool is_malformed = false;      ///< deserves a 400
  std::string frame_id = "null";  ///< JSON text
  std::string frame_src;          ///< JSON text; empty: none was sent
};

Call parse_call(const Request& request);

}  // namespace sim
