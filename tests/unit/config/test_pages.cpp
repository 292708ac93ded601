// The pages that promise to have all keys: each key stands there as the table of keys has it, and
// no other one.

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "config/keys.hpp"

using namespace stage3::config;
using stage3::Config;

namespace {

using Lines = std::vector<std::string>;

std::string page(const char* path) {
  std::ifstream file(std::string(STAGE3_SOURCE "/") + path);
  REQUIRE(file.is_open());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// `| key | value | default | meaning |`
std::string line_of(const Key& key) {
  const std::string standard = key.show(Config());
  std::string line;
  for (const std::string& cell :
       {"`" + std::string(key.name) + "`", key.expects(),
        standard.empty() ? std::string("`''`") : "`" + standard + "`", std::string(key.help)}) {
    REQUIRE(cell.find_first_of("|\n") == std::string::npos);
    line += "| " + cell + " ";
  }
  return line + "|";
}

Lines lines_of_keys() {
  Lines lines;
  for (const Key& key : all_keys())
    lines.push_back(line_of(key));
  return lines;
}

/// The rows that begin with a key.
Lines rows_of(const std::string& text) {
  std::istringstream stream(text);
  Lines rows;
  for (std::string line; std::getline(stream, line);)
    if (line.rfind("| `", 0) == 0) rows.push_back(line);
  return rows;
}

std::string joined(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines)
    text += line + "\n";
  return text;
}

/// What to do about a page whose rows are `rows`; empty: nothing.
std::string to_mend(const Lines& rows) {
  const Lines wanted = lines_of_keys();
  const auto lacks = [](const Lines& lines, const std::string& line) {
    return std::find(lines.begin(), lines.end(), line) == lines.end();
  };
  std::string text;
  for (const std::string& row : rows)
    if (lacks(wanted, row)) text += "remove: " + row + "\n";
  for (const std::string& row : wanted)
    if (lacks(rows, row)) text += "add: " + row + "\n";
  if (text.empty() && rows != wanted) text = "in this order, each once:\n" + joined(wanted);
  return text;
}

/// Knows all keys and notes which are met.
class Names : public SectionReader {
 public:
  Expected expect(const KeyPath& path) override {
    const std::string name = dotted(path);
    if (is_section(name)) return Expected::mapping;
    return find_key(name)->kind == Kind::list ? Expected::list : Expected::scalar;
  }
  void take(const KeyPath& path, const SectionScalar&) override { met.push_back(dotted(path)); }
  void take_items(const KeyPath& path, const Items&) override { met.push_back(dotted(path)); }

  Lines met;
};

}  // namespace

TEST_CASE("docs/configuration.md has each key as it is, and no other") {
  const std::string wrong = to_mend(rows_of(page("docs/configuration.md")));
  INFO("docs/configuration.md:\n", wrong);
  CHECK(wrong.empty());
}

TEST_CASE("a page that says something else is found out") {
  const Lines right = lines_of_keys();
  CHECK(to_mend(rows_of("| key |\n|---|\n" + joined(right))) == "");

  Lines lines = right;
  lines.pop_back();
  CHECK(to_mend(lines) == "add: " + right.back() + "\n");

  lines = right;
  lines.push_back("| `ota.none` | true or false | `true` | nothing |");
  CHECK(to_mend(lines) == "remove: " + lines.back() + "\n");

  lines = right;
  lines[2] += " once more |";
  CHECK(to_mend(lines) == "remove: " + lines[2] + "\nadd: " + right[2] + "\n");

  lines = right;
  std::swap(lines[0], lines[1]);
  CHECK(to_mend(lines) != "");
  lines = right;
  lines.push_back(right[0]);
  CHECK(to_mend(lines) != "");
}

TEST_CASE("the README's example has all keys, at their defaults but for two files") {
  const std::string readme = page("README.md");
  const std::size_t begin = readme.find("```yaml\nstage3:\n");
  REQUIRE(begin != std::string::npos);
  const std::string yaml = readme.substr(begin + 8, readme.find("```", begin + 8) - begin - 8);

  Names names;
  read_section(yaml, "README.md", "stage3", Missing::refused, names);
  CHECK(joined(names.met) == joined(Lines(key_names().begin(), key_names().end())));

  const Config config = Config::parse(yaml, "README.md");
  for (const Key& key : all_keys()) {
    CAPTURE(key.name);
    if (key.name == "logging.base_path" || key.name == "auth.secrets_file")
      CHECK(key.show(config) != "");
    else
      CHECK(key.show(config) == key.show(Config()));
  }
}
