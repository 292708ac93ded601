#include "model.hpp"

#include <stdexcept>

namespace sim {
namespace {

constexpr const char* kInfo =
    R"({"name":null,"id":"","mac":"","slot":1,"model":"SNSW-001P16EU","gen":2,"fw_id":"","ver":"",)"
    R"("app":"Plus1PM","auth_en":false,"auth_domain":null})";

constexpr const char* kGen1Info =
    R"({"type":"SHSW-1","mac":"","auth":false,"fw":"20230913-112003/v1.14.0-gcb84623",)"
    R"("discoverable":true,"longid":1,"num_outputs":1})";

constexpr const char* kWallDisplayInfo =
    R"({"id":"","mac":"","model":"SAWD-0A1XX10EU1","gen":2,"fw_id":"","ver":"",)"
    R"("app":"WallDisplay","auth_en":false,"auth_domain":null,"uptime":0,"discoverable":true,)"
    R"("cfg_rev":1,"schedule_rev":0,"webhook_rev":0,"platform":"vXD10000K","batch":"2310-B",)"
    R"("device_name":"","awaiting_auth_code":false,"relay_available":true,"sensors_available":true,)"
    R"("ch":["relay:0"],"brightness":180,"auto_brightness":true,"screen_on":true,)"
    R"("screen_timeout":30,"orientation":"portrait","language":"en","theme":"dark","volume":7,)"
    R"("proximity":false,"illuminance":34,"temperature_unit":"C","humidity":41.5,)"
    R"("wifi_rssi":-51,"bt_enabled":true,"app_store":false,"kiosk":false,"sip":null,)"
    R"("tuya":false,"media":{"enable":true},"restart_required":false,"storage_free":1284})";

constexpr const char* kConfig =
    R"({"ble":{"enable":true,"rpc":{"enable":false}},"cloud":{"enable":false,"server":null},)"
    R"("mqtt":{"enable":false,"server":null,"rpc_ntf":true,"status_ntf":false},)"
    R"("switch:0":{"id":0,"name":null,"initial_state":"restore_last","auto_on":false,)"
    R"("auto_off":false,"power_limit":2240,"current_limit":8},)"
    R"("sys":{"device":{"name":null,"mac":"","fw_id":"","discoverable":true,"eco_mode":false},)"
    R"("location":null,"debug":{"level":2,"file_level":null,"mqtt":{"enable":false},)"
    R"("websocket":{"enable":false},"udp":{"addr":null}},"ui_data":{},)"
    R"("rpc_udp":{"dst_addr":null,"listen_port":null},"sntp":{"server":"time.google.com"},)"
    R"("cfg_rev":11},"wifi":{"ap":{"ssid":"","is_open":true,"enable":false},)"
    R"("sta":{"ssid":"","is_open":false,"enable":true,"ipv4mode":"dhcp"}},)"
    R"("ws":{"enable":false,"server":null,"ssl_ca":"ca.pem"}})";

constexpr const char* kStatus =
    R"({"ble":{},"cloud":{"connected":false},"mqtt":{"connected":false},)"
    R"("switch:0":{"id":0,"source":"init","output":false,"apower":0.0,"voltage":231.4,)"
    R"("temperature":{"tC":41.2,"tF":106.1}},)"
    R"("sys":{"mac":"","restart_required":false,"time":null,"unixtime":null,"uptime":0,)"
    R"("ram_size":261472,"ram_free":120344,"fs_size":1048576,"fs_free":589824,"cfg_rev":11,)"
    R"("kvs_rev":0,"schedule_rev":0,"webhook_rev":0,"available_updates":{},"reset_reason":3},)"
    R"("wifi":{"sta_ip":null,"status":"got ip","ssid":"","rssi":-57},"ws":{"connected":false}})";

const char* info_text(Kind kind) {
  switch (kind) {
    case Kind::gen1:
      return kGen1Info;
    case Kind::wall_display:
      return kWallDisplayInfo;
    case Kind::shelly:
      break;
  }
  return kInfo;
}

void parse(rapidjson::Document& document, const char* text) {
  document.Parse(text);
  if (document.HasParseError()) throw std::logic_error("built-in device is not JSON");
}

}  // namespace

std::shared_ptr<const Model> builtin_model(Kind kind) {
  auto model = std::make_shared<Model>();
  model->kind = kind;
  parse(model->info, info_text(kind));
  parse(model->config, kConfig);
  parse(model->status, kStatus);
  return model;
}

}  // namespace sim
