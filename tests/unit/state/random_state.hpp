#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace stage3::test {

/// Writes state files that are valid but as odd as they can be: white space anywhere, escapes,
/// numbers that no type holds, members given twice, empty and nested things.
class RandomState {
 public:
  explicit RandomState(unsigned seed) : random_(seed) {}

  /// The keys of the entries in the last text() that are usable.
  const std::vector<std::string>& keys() const { return keys_; }

  std::string text() {
    keys_.clear();
    spaced_ = chance(2);
    std::string entries;
    const unsigned count = below(5);
    for (unsigned i = 0; i < count; ++i) {
      keys_.push_back("A8032ABE540" + std::to_string(i));
      entries += (i == 0 ? "" : ",") + space() + quoted(keys_.back()) + space() + ":" + space() +
                 entry() + space();
    }
    if (chance(2)) return space() + "{" + entries + "}" + space();
    std::string text = space() + "{";
    for (unsigned i = below(3); i > 0; --i)
      text += space() + quoted("m" + std::to_string(below(3))) + ":" + space() + value(2) + ",";
    return text + space() + "\"devices\"" + space() + ":" + space() + "{" + entries + "}" +
           space() + "}" + space();
  }

  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
  bool chance(unsigned one_in) { return below(one_in) == 0; }

 private:
  std::string entry() {
    std::vector<std::string> all{quoted("ip") + space() + ":" + space() + quoted("10.0.0.1")};
    if (chance(2)) all.push_back(quoted("stage3") + space() + ":" + space() + stage3());
    if (chance(2)) all.push_back(quoted("fw") + space() + ":" + space() + firmware());
    if (chance(2)) all.push_back(quoted("model") + ":" + value(2));
    if (chance(2)) all.push_back(quoted("hostname") + ":" + value(2));
    if (chance(2)) all.push_back(quoted("x") + ":" + value(3));
    if (chance(3)) all.push_back(quoted("x") + ":" + value(3));
    return object_of(all);
  }

  std::string stage3() {
    if (chance(6)) return "null";
    std::vector<std::string> all;
    for (const char* name :
         {"ota_status", "friendly_status", "last_run", "last_seen", "fw", "fw_id", "app", "update",
          "update_build", "device_name", "error", "error_id", "failing_since"}) {
      if (chance(2)) all.push_back(quoted(name) + space() + ":" + space() + value(2));
    }
    if (chance(3)) all.push_back(quoted("ota") + space() + ":" + space() + update_record());
    while (chance(2))
      all.push_back(quoted("y") + space() + ":" + space() + value(2));
    return object_of(all);
  }

  std::string update_record() {
    if (chance(3)) return value(2);
    std::vector<std::string> all{quoted("state") + ":" + quoted("sent"),
                                 quoted("to") + space() + ":" + quoted("1.8.0"),
                                 quoted("sent_at") + ":" + quoted("2026-11-23T14:31:05Z")};
    for (const char* name : {"from", "ended_at", "attempts", "error", "z"}) {
      if (chance(5)) all.push_back(quoted(name) + space() + ":" + space() + value(1));
    }
    return object_of(all);
  }

  std::string firmware() {
    switch (below(4)) {
      case 0:
        return quoted("1.4.4");
      case 1:
        return "\"2024\\/1.4.4\"";
      case 2:
        return quoted("1.7.5");
      default:
        return value(1);
    }
  }

  std::string object_of(std::vector<std::string> all) {
    std::shuffle(all.begin(), all.end(), random_);
    std::string text = "{" + space();
    for (std::size_t i = 0; i < all.size(); ++i)
      text += (i == 0 ? "" : space() + "," + space()) + all[i];
    return text + space() + "}";
  }

  std::string value(unsigned depth) {
    static const std::vector<std::string> scalars{"null",
                                                  "true",
                                                  "false",
                                                  "0",
                                                  "-0",
                                                  "18446744073709551616",
                                                  "1E+2",
                                                  "0.10",
                                                  "-1.5e-300",
                                                  "1e-999",
                                                  R"("")",
                                                  R"("\u0041\/\\\"}{][,:")",
                                                  R"("K\u00fcche \ud83d\ude00")",
                                                  "\"Süd\"",
                                                  R"("up_to_date")",
                                                  R"("2026-11-23T14:31:05Z")",
                                                  R"("o\u006b")"};
    const unsigned kind = depth == 0 ? 9 : below(10);
    if (kind == 0) return "[" + space() + value(depth - 1) + space() + "," + value(depth - 1) + "]";
    if (kind == 1) return "{" + quoted("error") + ":" + value(depth - 1) + space() + "}";
    if (kind == 2) return chance(2) ? "[" + space() + "]" : "{" + space() + "}";
    return scalars[below(static_cast<unsigned>(scalars.size()))];
  }

  std::string space() {
    static const std::vector<std::string> kinds{"", "", "", " ", "\n", "\r\n\t", "\n    "};
    return spaced_ ? kinds[below(static_cast<unsigned>(kinds.size()))] : "";
  }

  static std::string quoted(const std::string& text) { return "\"" + text + "\""; }

  std::mt19937 random_;
  std::vector<std::string> keys_;
  bool spaced_ = true;
};

}  // namespace stage3::test
