// Keys that take lists: from YAML, from text, as members; and what their items may be.

#include <algorithm>
#include <string>
#include <vector>

#include "config/hold_rule.hpp"
#include "config/items.hpp"
#include "config/window.hpp"
#include "error_of.hpp"

using namespace stage3::config;
using stage3::Config;
using Texts = std::vector<std::string>;

namespace {

Config::Ota ota_of(const std::string& yaml) {
  return Config::parse(yaml, "c.yaml").ota;
}

template <class Function>
std::string refused(Function function) {
  try {
    function();
  } catch (const stage3::Error& error) {
    CHECK(error.code() == stage3::Errc::invalid_argument);
    return error.what();
  }
  return {};
}

std::string set_error(const char* key, const std::string& value) {
  Config config;
  const std::string before = config.get(key);
  const std::string told = refused([&] { config.set(key, value); });
  if (!told.empty()) CHECK(config.get(key) == before);
  return told;
}

template <class Item>
std::string item_error(const std::string& item) {
  try {
    Item::parse(item);
  } catch (const Refusal& refusal) {
    return refusal.message;
  }
  return {};
}

std::string days_of(const Window& window) {
  std::string days;
  for (std::size_t i = 0; i < 7; ++i)
    if (window.days[i]) days += kDayNames[i];
  return days;
}

}  // namespace

TEST_CASE("a list in YAML: a block, a flow sequence, or one item alone") {
  const Config::Ota ota = ota_of(
      "stage3:\n"
      "  ota:\n"
      "    hold:\n"
      "      - A8032ABE54DC\n"
      "      - app=Plus*\n"
      "      - \"name=Bad #1\"\n"
      "    block: [1.10, '20260311-095911/1.7.5-g9a2b3c4', 2.0.0-beta1]\n"
      "    windows: Mon-Fri 02:00-05:00\n");
  CHECK(ota.hold == Texts{"A8032ABE54DC", "app=Plus*", "name=Bad #1"});
  CHECK(ota.block == Texts{"1.10", "20260311-095911/1.7.5-g9a2b3c4", "2.0.0-beta1"});
  CHECK(ota.windows == Texts{"Mon-Fri 02:00-05:00"});
  CHECK(ota_of("stage3: {ota: {windows: [\"Sat,Sun 22:00-06:00\", 02:00-05:00]}}").windows ==
        Texts{"Sat,Sun 22:00-06:00", "02:00-05:00"});
  CHECK(ota_of("stage3: {ota: {hold: []}}").hold.empty());
  CHECK(ota_of("stage3: {ota: {block: '1.7'}}").block == Texts{"1.7"});
}

TEST_CASE("an item is refused where it stands") {
  CHECK(error_of("stage3:\n  ota:\n    hold:\n      - app=Plus*\n      - Plus*\n") ==
        "c.yaml:5:9: ota.hold: 'Plus*' is neither a MAC (12 hex digits, bare or in pairs with ':' "
        "or '-') nor app=GLOB nor name=GLOB");
  CHECK(error_of("stage3: {ota: {block: [1.7.4, 1.7.*]}}") ==
        "c.yaml:1:31: ota.block: '1.7.*' is no version or build id: patterns are not read here, "
        "name each");
  CHECK(error_of("stage3:\n  ota:\n    windows:\n      Mon 05:00-05:00\n") ==
        "c.yaml:4:7: ota.windows: 'Mon 05:00-05:00' ends when it begins: a whole day is "
        "00:00-24:00, and without windows any time will do");
  CHECK(error_of("stage3: {ota: {windows: [Sat,Sun 22:00-06:00]}}").substr(0, 46) ==
        "c.yaml:1:26: ota.windows: 'Sat' has no times, ");
  CHECK(error_of("stage3: {ota: {hold: [app=x, app: Plus1]}}") ==
        "c.yaml:1:30: an item of ota.hold must be a single value, not a mapping");
  CHECK(error_of("stage3: {ota: {hold: [[app=x]]}}") ==
        "c.yaml:1:23: an item of ota.hold must be a single value, not a list");
  CHECK(error_of("stage3: {ota: {hold: {app: x}}}") ==
        "c.yaml:1:22: ota.hold must be a list or a single value, not a mapping");
  CHECK(error_of("stage3:\n  ota:\n    hold:\n    - app=x\n    -\n    - app=y\n") ==
        "c.yaml:5:6: an item of ota.hold has no value: give one or leave it out");
  CHECK(error_of("stage3:\n  ota:\n    hold:\n    block: 1.7.4\n") ==
        "c.yaml:3:10: ota.hold has no value: give one or leave the key out");
  CHECK(error_of("stage3: {ota: {hold: ['']}}") ==
        "c.yaml:1:23: ota.hold: an item is empty: leave it out");
  // As text it is an array, in the file a single item.
  CHECK(error_of("stage3: {ota: {hold: '[\"app=x\"]'}}").substr(0, 23) ==
        "c.yaml:1:22: ota.hold: ");
}

TEST_CASE("YAML's cleverness is refused in a list, too") {
  CHECK(error_of("stage3: {ota: {hold: &x [app=x]}}") ==
        "c.yaml:1:22: anchors are not allowed in section 'stage3'");
  CHECK(error_of("stage3: {ota: {hold: [&x app=x]}}") ==
        "c.yaml:1:23: anchors are not allowed in section 'stage3'");
  CHECK(error_of("stage3: {ota: {hold: [*x]}}") ==
        "c.yaml:1:23: aliases are not allowed in section 'stage3'");
  CHECK(error_of("stage3: {ota: {hold: !!seq [app=x]}}") ==
        "c.yaml:1:22: tags are not allowed in section 'stage3'");
  CHECK(error_of("stage3: {ota: {hold: [!!str app=x]}}") ==
        "c.yaml:1:23: tags are not allowed in section 'stage3'");
  CHECK(error_of("stage3: {ota: {hold: [\"name=x\\0\"]}}") ==
        "c.yaml:1:23: NUL characters are not allowed in section 'stage3'");
  CHECK(error_of("stage3: {ota: {mode: [check_only]}}") ==
        "c.yaml:1:22: ota.mode must be a single value, not a list");
}

TEST_CASE("a list as text is a JSON array or one item, and is shown as an array") {
  Config config;
  CHECK(config.get("ota.hold") == "[]");
  config.set("ota.hold", "name=K\u00fcche");
  CHECK(config.ota.hold == Texts{"name=K\u00fcche"});
  CHECK(config.get("ota.hold") == "[\"name=K\u00fcche\"]");
  config.set("ota.hold", " [\"app=Plus*\", \"name=\\\"x\\\"\"]\n");
  CHECK(config.ota.hold == Texts{"app=Plus*", "name=\"x\""});
  CHECK(config.get("ota.hold") == R"(["app=Plus*", "name=\"x\""])");
  config.set("ota.hold", "[]");
  CHECK(config.ota.hold.empty());

  Config copy;
  config.ota.windows = {"02:00-05:00", "Sat 00:00-24:00"};
  copy.set("ota.windows", config.get("ota.windows"));
  CHECK(copy.ota.windows == config.ota.windows);
}

TEST_CASE("what is no list, and items that are none, change nothing") {
  const std::string must =
      "ota.block must be a list of versions and build ids, 10000 at most, not ";
  const std::string hint =
      ": as text it is one item, or a JSON array of strings like [\"a\", \"b\"]";
  for (const char* text : {"[", "[\"1.7.4\"", "[1.7]", "[null]", "[\"1\", true]", "[[\"1\"]]",
                           "[{\"a\": \"1\"}]", "[\"1\"] x", "['1']"}) {
    CAPTURE(text);
    const std::string told = set_error("ota.block", text);
    CHECK(told.substr(0, must.size()) == must);
    CHECK(told.substr(told.size() - hint.size()) == hint);
  }
  CHECK(set_error("ota.block", "") == "ota.block: an item is empty: leave it out");
  CHECK(set_error("ota.block", "[\"1.7.4\", \"1 7\"]") ==
        "ota.block: '1 7' is no version or build id: they have no blanks, and are ASCII");
  CHECK(set_error("ota.block", "1.7.4,1.7.5") ==
        "ota.block: '1.7.4,1.7.5' is no version or build id: each is an item of its own");
  CHECK(set_error("ota.hold", "[\"name=\\u0000\"]") ==
        "ota.hold: 'name=\\x00' has a control character in it");
  CHECK(set_error("ota.hold", "name=\xff") == "ota.hold: 'name=\\xff' is not UTF-8");
  CHECK(set_error("ota.hold", "name=" + std::string(1020, 'x')).find("longer than 1024 bytes") !=
        std::string::npos);
  CHECK(set_error("ota.hold", "name=" + std::string(1019, 'x')) == "");
}

TEST_CASE("lists are bounded, and members are checked as texts are") {
  Config config;
  config.ota.hold.assign(10'000, "app=Plus*");
  config.ota.block.assign(10'000, "1.7.4");
  config.ota.windows.assign(100, "02:00-05:00");
  CHECK(refused([&] { config.validate(); }) == "");

  config.ota.windows.push_back("02:00-05:00");
  CHECK(refused([&] { config.validate(); }) ==
        "ota.windows: 101 items are too many, 100 are allowed");
  config.ota.windows = {"05:00"};
  CHECK(refused([&] { config.validate(); }) == set_error("ota.windows", "05:00"));
  config.ota.windows.clear();
  config.ota.block.push_back("1.7.4");
  CHECK(refused([&] { config.validate(); }) ==
        "ota.block: 10001 items are too many, 10000 are allowed");
  config.ota.block.clear();
  config.ota.hold.push_back("app=Plus*");
  CHECK(refused([&] { config.validate(); }) != "");

  std::string yaml = "stage3:\n  ota:\n    windows:\n";
  for (int i = 0; i < 101; ++i)
    yaml += "      - 02:00-05:00\n";
  CHECK(error_of(yaml) == "c.yaml:104:9: ota.windows: 101 items are too many, 100 are allowed");
}

TEST_CASE("which devices are held") {
  for (const char* mac : {"A8032ABE54DC", "a8:03:2a:be:54:dc", "A8-03-2A-BE-54-DC"}) {
    const HoldRule rule = HoldRule::parse(mac);
    CHECK(rule.kind == HoldRule::Kind::mac);
    CHECK(rule.mac.to_string() == "A8032ABE54DC");
  }
  const HoldRule app = HoldRule::parse("app=Plus*");
  CHECK(app.kind == HoldRule::Kind::app);
  CHECK(app.glob.matches("PlusPlugS"));
  const HoldRule name = HoldRule::parse("name=Bad =*");
  CHECK(name.kind == HoldRule::Kind::name);
  CHECK(name.glob.matches("Bad =1"));

  CHECK(item_error<HoldRule>("app=") == "'app=' has nothing behind the '='");
  CHECK(item_error<HoldRule>("name=") == "'name=' has nothing behind the '='");
  CHECK(item_error<HoldRule>("app= Plus*") ==
        "'app= Plus*' holds nothing: an app has no blanks, and is ASCII");
  CHECK(item_error<HoldRule>("app=Pl\u00fcs") != "");
  CHECK(item_error<HoldRule>("name=[a") ==
        "'name=[a' is no pattern: a bracket is not closed, a range begins with its upper end, or "
        "nothing follows a backslash");
  for (const char* item : {"App=Plus*", "app", "app:Plus*", "app =x", "mac=A8032ABE54DC",
                           "A8032ABE54D", "A8032ABE54DC ", "*", "ip=192.168.1.30"}) {
    CAPTURE(item);
    CHECK(item_error<HoldRule>(item).find("is neither a MAC") != std::string::npos);
  }
}

TEST_CASE("windows are days and times") {
  const auto check = [](const char* item, const char* days, int begin, int end) {
    CAPTURE(item);
    const Window window = Window::parse(item);
    CHECK(days_of(window) == days);
    CHECK(window.begin == begin);
    CHECK(window.end == end);
  };
  check("Mon-Fri 02:00-05:00", "MonTueWedThuFri", 120, 300);
  check("Sat,Sun 22:00-06:00", "SatSun", 1320, 1800);
  check("02:00-05:00", "MonTueWedThuFriSatSun", 120, 300);
  check("Fri-Mon 00:00-24:00", "MonFriSatSun", 0, 1440);
  check("sUN-mon,THU 23:59-00:00", "MonThuSun", 1439, 1440);
  check("Wed-Wed 00:01-00:00", "Wed", 1, 1440);
  check("Mon-Sun 12:00-11:59", "MonTueWedThuFriSatSun", 720, 2159);
  check("Tue-Mon 00:00-00:01", "MonTueWedThuFriSatSun", 0, 1);
}

TEST_CASE("what is no window") {
  const auto told = item_error<Window>;
  for (const char* item : {"2:00-5:00", "02:00", "02:00-", "-05:00", "02:00-05:60", "02:00-24:01",
                           "24:00-05:00", "25:00-05:00", "0200-0500", "02:00-05:00-06:00",
                           "Mon 02:00 - 05:00", "02:00-05:0x", "+2:00-05:00"}) {
    CAPTURE(item);
    CHECK(told(item).find("has no such times, HH:MM-HH:MM from 00:00 to 24:00, it must be like") !=
          std::string::npos);
  }
  for (const char* item :
       {"Mo 02:00-05:00", "Mon-Fr 02:00-05:00", "Mon, Tue 02:00-05:00", "Mon  02:00-05:00",
        "Mon-Wed-Fri 02:00-05:00", "Mon,,Tue 02:00-05:00", "-Fri 02:00-05:00", "Mon- 02:00-05:00",
        "Monday 02:00-05:00", "Mo\xc3\xb1 02:00-05:00"}) {
    CAPTURE(item);
    CHECK(told(item).find("is no day, they are Mon, Tue, Wed, Thu, Fri, Sat and Sun") !=
          std::string::npos);
  }
  for (const char* item : {" 02:00-05:00", "Mon, 02:00-05:00"}) {
    CAPTURE(item);
    CHECK(told(item).find("lacks a day, it must be like") != std::string::npos);
  }
  for (const char* item : {"", "Mon-Fri", "night", "02:00-05:00 "}) {
    CAPTURE(item);
    CHECK(told(item).find("has no times, it must be like") != std::string::npos);
  }
  for (const char* item : {"02:00-02:00", "00:00-00:00", "Mon 23:59-23:59"}) {
    CAPTURE(item);
    CHECK(told(item).find("ends when it begins") != std::string::npos);
  }
}
