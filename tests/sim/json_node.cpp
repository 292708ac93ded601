#include "json_node.hpp"

#include <rapidjson/error/en.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "input_error.hpp"

namespace sim {
namespace {

std::string joined(const std::vector<const char*>& words) {
  std::string text;
  for (const char* word : words)
    text += (text.empty() ? "" : ", ") + std::string(word);
  return text;
}

bool contains(const std::vector<const char*>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string number_text(double number) {
  std::ostringstream text;
  text << number;
  return text.str();
}

}  // namespace

void Node::fail(const std::string& message) const {
  throw InputError(path_ + ": " + message);
}

void Node::expect_keys(const std::vector<const char*>& known) const {
  for (const auto& [key, node] : members()) {
    if (!contains(known, key)) node.fail("unknown key; known here: " + joined(known));
  }
}

std::optional<Node> Node::find(const char* key) const {
  const auto member = value_->FindMember(key);
  if (member == value_->MemberEnd()) return std::nullopt;
  return Node(member->value, path_ + "." + key);
}

std::vector<std::pair<std::string, Node>> Node::members() const {
  if (!value_->IsObject()) fail("must be an object");
  std::vector<std::pair<std::string, Node>> result;
  for (const auto& member : value_->GetObject()) {
    const std::string key(member.name.GetString(), member.name.GetStringLength());
    result.emplace_back(key, Node(member.value, path_ + "." + key));
  }
  return result;
}

std::vector<Node> Node::items() const {
  if (!value_->IsArray()) fail("must be an array");
  std::vector<Node> result;
  for (rapidjson::SizeType i = 0; i < value_->Size(); ++i) {
    result.emplace_back((*value_)[i], path_ + "[" + std::to_string(i) + "]");
  }
  return result;
}

std::string Node::text() const {
  if (!value_->IsString()) fail("must be a string");
  return {value_->GetString(), value_->GetStringLength()};
}

bool Node::flag() const {
  if (!value_->IsBool()) fail("must be true or false");
  return value_->GetBool();
}

std::uint64_t Node::integer(std::uint64_t min, std::uint64_t max) const {
  if (!value_->IsUint64() || value_->GetUint64() < min || value_->GetUint64() > max) {
    fail("must be an integer from " + std::to_string(min) + " to " + std::to_string(max));
  }
  return value_->GetUint64();
}

double Node::number(double min, double max) const {
  if (!value_->IsNumber() || value_->GetDouble() < min || value_->GetDouble() > max) {
    fail("must be a number from " + number_text(min) + " to " + number_text(max));
  }
  return value_->GetDouble();
}

std::size_t Node::word(const std::vector<const char*>& words) const {
  const auto found = std::find(words.begin(), words.end(), text());
  if (found == words.end()) fail("must be one of: " + joined(words));
  return static_cast<std::size_t>(found - words.begin());
}

void Node::read(const char* key, std::string& target) const {
  if (const auto node = find(key)) target = node->text();
}

void Node::read(const char* key, bool& target) const {
  if (const auto node = find(key)) target = node->flag();
}

void Node::read(const char* key, double& target, double min, double max) const {
  if (const auto node = find(key)) target = node->number(min, max);
}

rapidjson::Document read_json_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw InputError(path + ": cannot be read");
  std::ostringstream content;
  content << file.rdbuf();
  const std::string text = content.str();
  rapidjson::Document document;
  document.Parse<rapidjson::kParseValidateEncodingFlag | rapidjson::kParseIterativeFlag>(
      text.data(), text.size());
  if (document.HasParseError()) {
    const std::string before = text.substr(0, document.GetErrorOffset());
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const auto start = before.rfind('\n');
    const auto column = before.size() - (start == std::string::npos ? 0 : start + 1) + 1;
    throw InputError(path + ":" + std::to_string(line) + ":" + std::to_string(column) +
                     ": not JSON: " + rapidjson::GetParseError_En(document.GetParseError()));
  }
  return document;
}

}  // namespace sim
