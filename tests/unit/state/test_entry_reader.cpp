#include "state/entry_reader.hpp"

#include <doctest/doctest.h>

#include "support.hpp"

using namespace stage3;
using namespace stage3::test;

namespace {

Device device_of(const std::string& members, const std::string& name_field = "friendly_name") {
  return parsed("{\"A8032ABE54DC\":{" + members + "}}", name_field).devices.at(0);
}

std::string defect_of(const std::string& members) {
  return device_of(members).defect;
}

std::string address_of(const std::string& members) {
  const Device device = device_of(members);
  return device.defect.empty() ? device.address.authority() : device.defect;
}

const std::string kIp = R"("ip":"192.168.1.35",)";

}  // namespace

TEST_CASE("an entry becomes a device") {
  const Device device = device_of(
      R"("ip":"192.168.1.35","model":"S2PMG3","fw":"1.4.4","hostname":"h","friendly_name":" K\u00fcche",)"
      R"("mac_aliases":["a8:03:2a:be:54:dd"],"stage3":{"ota_status":"ok"},"other":[{"ip":3}])");
  CHECK(device.defect.empty());
  CHECK(device.key == "A8032ABE54DC");
  CHECK(device.mac == *Mac::parse("a8-03-2a-be-54-dc"));
  CHECK(device.address.to_string() == "192.168.1.35");
  CHECK(device.address_text == "192.168.1.35");
  CHECK(device.model == "S2PMG3");
  CHECK(device.wanted_name.kind == WantedName::Kind::text);
  CHECK(device.wanted_name.text == " Küche");
  REQUIRE(device.aliases.size() == 1);
  CHECK(device.aliases[0] == *Mac::parse("A8032ABE54DD"));
}

TEST_CASE("a site is a text, and none is no defect") {
  CHECK(device_of(kIp + R"("site":"Haus \u00fc 1")").site == "Haus \u00fc 1");
  CHECK(device_of(kIp + R"("site":12)").site == "12");
  CHECK(device_of(kIp + R"("site":"a","site":"b")").site == "b");
  CHECK(device_of(kIp + R"("site":"a","friendly_name":"x")", "site").wanted_name.text == "a");
  for (const char* none : {"null", "true", "{}", "[\"a\"]", "\"\\ud800\"", "\"\""}) {
    CAPTURE(none);
    const Device device = device_of(kIp + R"("site":"a","site":)" + none);
    CHECK(device.site.empty());
    CHECK(device.defect.empty());
  }
}

TEST_CASE("keys are kept as spelled, even with escapes") {
  const Device device = parsed(R"({"a8:03:2A:be:54:d\u0063":{"ip":"1.2.3.4"}})").devices.at(0);
  CHECK(device.key == "a8:03:2A:be:54:dc");
  CHECK(device.defect.empty());
}

TEST_CASE("addresses") {
  CHECK(address_of(R"("ip":"10.0.0.1")") == "10.0.0.1:80");
  CHECK(address_of(R"("ip":"10.0.0.1:8080")") == "10.0.0.1:8080");
  CHECK(address_of(R"("ip":"10.0.0.1","port":8080)") == "10.0.0.1:8080");
  CHECK(address_of(R"("port":8080,"ip":"10.0.0.1:8080")") == "10.0.0.1:8080");
  CHECK(address_of(R"("ip":"fe80::1")") == "[fe80::1]:80");
  CHECK(address_of(R"("ip":"[fe80::1]:81")") == "[fe80::1]:81");
  CHECK(address_of(R"("ip":"fe80::1","port":65535)") == "[fe80::1]:65535");
  CHECK(address_of(R"("ip":"10.0.0.1","port":null)") == "10.0.0.1:80");
}

TEST_CASE("entries without a usable address") {
  CHECK(defect_of("") == "no ip");
  CHECK(defect_of(R"("ip":null)") == "no ip");
  CHECK(defect_of(R"("ip":"")") == "no ip");
  CHECK(defect_of(R"("ip":17)") == "ip is not a string");
  CHECK(defect_of(R"("ip":["10.0.0.1"])") == "ip is not a string");
  CHECK(defect_of(R"("ip":"host.local")") ==
        "ip \"host.local\" is a host name, not an address: names are not resolved");
  CHECK(defect_of(R"("ip":"0.0.0.0")") ==
        "ip \"0.0.0.0\" is the unspecified address, which no device has");
  for (const char* ip : {"10.0.0.1:0", "10.0.0.1:65536", "10.0.0.1:"}) {
    CAPTURE(ip);
    CHECK(defect_of("\"ip\":\"" + std::string(ip) + "\"") ==
          "ip \"" + std::string(ip) +
              "\" has a port that is none: 1 to 65535, without leading zeros");
  }
  for (const char* ip : {"127.1", "010.0.0.1", "10.0.0.256"}) {
    CAPTURE(ip);
    CHECK(defect_of("\"ip\":\"" + std::string(ip) + "\"") ==
          "ip \"" + std::string(ip) + "\" is not an IPv4 or IPv6 address");
  }
  CHECK(defect_of(R"("ip":"10.0.0.1:81","port":82)") ==
        "ip \"10.0.0.1:81\" and port 82 contradict");
  for (const char* port :
       {"0", "65536", "-1", "80.0", "8e1", "1e5", "\"80\"", "true", "[80]", "{}", "99999999999"}) {
    CAPTURE(port);
    CHECK(defect_of(kIp + "\"port\":" + port) == "port is not a number from 1 to 65535");
  }
}

TEST_CASE("half of a surrogate pair costs only the entry that is read from it") {
  const std::string told =
      " holds half of a surrogate pair (an escape \\ud800 to \\udfff by itself): write the whole "
      "character";
  for (const char* half :
       {"\\ud800", "x\\uDBFFy", "\\udc00", "\\ud83d\\u0041", "\\ud800\\ud83d\\ude00"}) {
    CAPTURE(half);
    const std::string value = ":\"" + std::string(half) + "\"";
    CHECK(defect_of("\"ip\"" + value) == "ip" + told);
    CHECK(defect_of(kIp + "\"friendly_name\"" + value) == "friendly_name" + told);
    CHECK(defect_of(kIp + "\"model\"" + value) == "model" + told);
    CHECK(defect_of(kIp + "\"mac_aliases\"" + value) == "mac_aliases" + told);
    for (const char* other : {"room", "hostname", "fw"})
      CHECK(defect_of(kIp + "\"" + other + "\"" + value).empty());
    CHECK(defect_of(kIp + "\"stage3\":{\"device_name\"" + value + "}").empty());
    CHECK(defect_of(kIp + "\"" + half + "\":1").empty());
  }
  CHECK(device_of(kIp + R"("friendly_name":"\ud83d\ude00")").wanted_name.text == "\U0001F600");
}

TEST_CASE("keys that are no MAC address, values that are no object") {
  CHECK(parsed(R"({"devices":{"abc":{"ip":"1.2.3.4"}}})").devices.at(0).defect ==
        "\"abc\" is not a MAC address");
  CHECK(parsed(R"({"devices":{"A8032ABE54DC":"1.2.3.4"}})").devices.at(0).defect ==
        "is not an object");
  const std::string overlong(100, 'x');
  CHECK(parsed("{\"" + overlong + "\":{}}").devices.at(0).defect ==
        "\"" + overlong.substr(0, 60) + "...\" is not a MAC address");
}

TEST_CASE("wanted names") {
  using Kind = WantedName::Kind;
  CHECK(device_of(kIp + R"("x":1)").wanted_name.kind == Kind::absent);
  CHECK(device_of(kIp + R"("friendly_name":null)").wanted_name.kind == Kind::absent);
  CHECK(device_of(kIp + R"("friendly_name":"")").wanted_name.kind == Kind::text);
  for (const char* value : {"1", "true", "[]", "{\"friendly_name\":\"x\"}"}) {
    CAPTURE(value);
    const Device device = device_of(kIp + "\"friendly_name\":" + value);
    CHECK(device.wanted_name.kind == Kind::not_a_string);
    CHECK(device.defect.empty());
  }
}

TEST_CASE("the field of the wanted name can be chosen") {
  const std::string members = kIp + R"("friendly_name":"a","label":"b","model":"c","hostname":"d")";
  CHECK(device_of(members, "label").wanted_name.text == "b");
  CHECK(device_of(members, "none").wanted_name.kind == WantedName::Kind::absent);
  const Device by_model = device_of(members, "model");
  CHECK(by_model.wanted_name.text == "c");
  CHECK(by_model.model == "c");
}

TEST_CASE("a field that is read as the wanted name is never filled in") {
  const state::Contents contents = parsed("{\"A8032ABE54DC\":{\"ip\":\"1.2.3.4\"}}", "hostname");
  CHECK(contents.document.entries.at(0).has_hostname);
  CHECK_FALSE(contents.document.entries.at(0).has_model);
}

TEST_CASE("aliases") {
  CHECK(device_of(kIp + R"("mac_aliases":"A8032ABE54DD")").aliases.size() == 1);
  CHECK(device_of(kIp + R"("mac_aliases":["A8032ABE54DD","a8-03-2a-be-54-de"])").aliases.size() ==
        2);
  CHECK(device_of(kIp + R"("mac_aliases":[])").defect.empty());
  CHECK(device_of(kIp + R"("mac_aliases":null)").defect.empty());
  CHECK(defect_of(kIp + R"("mac_aliases":"x")") == "alias \"x\" is not a MAC address");
  CHECK(defect_of(kIp + R"("mac_aliases":["A8032ABE54DD",5])") ==
        "alias \"5\" is not a MAC address");
  CHECK(defect_of(kIp + R"("mac_aliases":[null])") == "alias \"null\" is not a MAC address");
  CHECK(defect_of(kIp + R"("mac_aliases":{"A8032ABE54DD":1})") ==
        "mac_aliases is neither a MAC address nor a list of them");
  CHECK(defect_of(kIp + R"("mac_aliases":[["A8032ABE54DD"]])") ==
        "mac_aliases holds something that is not a MAC address");
}

TEST_CASE("stage3 must be an object") {
  CHECK(defect_of(kIp + R"("stage3":{})").empty());
  CHECK(defect_of(kIp + R"("stage3":null)").empty());
  for (const char* value : {"1", "\"x\"", "[]", "false"}) {
    CAPTURE(value);
    CHECK(defect_of(kIp + "\"stage3\":" + value) == "stage3 is not an object");
  }
}

TEST_CASE("fields that are given twice are ambiguous, unless they are no matter of ours") {
  for (const char* name : {"port", "model", "fw", "hostname", "stage3", "mac_aliases"}) {
    CAPTURE(name);
    const std::string member = "\"" + std::string(name) + "\":null";
    CHECK(defect_of(kIp + member + "," + member) == "\"" + std::string(name) + "\" is given twice");
  }
  CHECK(defect_of(kIp + R"("ip":"192.168.1.35")") == "\"ip\" is given twice");
  CHECK(defect_of(kIp + R"("friendly_name":"a","friendly\u005fname":"a")") ==
        "\"friendly_name\" is given twice");
  CHECK(defect_of(kIp + R"("stage3":{"x":1,"error":"a","error":"a"})") ==
        "\"error\" of stage3 is given twice");
  CHECK(defect_of(kIp + R"("x":1,"x":2,"stage3":{"y":1,"y":2,"z":{"error":1,"error":2}})").empty());
}

TEST_CASE("one entry does not rub off on the next") {
  const state::Contents contents = parsed(
      R"({"A8032ABE54DC":{"ip":"1.2.3.4:81","port":81,"fw":"1","model":"m","friendly_name":"n",)"
      R"("mac_aliases":"A8032ABE54DE","stage3":{"error":"e"}},"A8032ABE54DD":{"ip":"1.2.3.5"}})");
  const Device& device = contents.devices.at(1);
  const state::Entry& entry = contents.document.entries.at(1);
  CHECK(device.address.authority() == "1.2.3.5:80");
  CHECK(device.model.empty());
  CHECK(device.aliases.empty());
  CHECK(device.wanted_name.kind == WantedName::Kind::absent);
  CHECK_FALSE(entry.stage3);
  CHECK(entry.fw == 0);
  CHECK_FALSE(entry.has_model);
  for (const state::Offset key : entry.fields)
    CHECK(key == 0);
}
