#pragma once

#include <rapidjson/document.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sim {

/// A value of an input file together with its path, so that every complaint says where. The
/// document must outlive the node. All readers throw InputError.
class Node {
 public:
  Node(const rapidjson::Value& value, std::string path) : value_(&value), path_(std::move(path)) {}

  [[noreturn]] void fail(const std::string& message) const;

  /// Refuses members other than `known`, and a value that is no object.
  void expect_keys(const std::vector<const char*>& known) const;

  std::optional<Node> find(const char* key) const;
  std::vector<std::pair<std::string, Node>> members() const;
  std::vector<Node> items() const;

  bool is_null() const { return value_->IsNull(); }
  bool is_object() const { return value_->IsObject(); }
  bool is_array() const { return value_->IsArray(); }
  bool is_text() const { return value_->IsString(); }

  std::string text() const;
  bool flag() const;
  std::uint64_t integer(std::uint64_t min, std::uint64_t max) const;
  double number(double min, double max) const;

  /// The position of the text in `words`.
  std::size_t word(const std::vector<const char*>& words) const;

  /// Takes the member `key`, where there is one, through one of the readers above.
  void read(const char* key, std::string& target) const;
  void read(const char* key, bool& target) const;
  void read(const char* key, double& target, double min, double max) const;

  const rapidjson::Value& value() const { return *value_; }
  const std::string& path() const { return path_; }

 private:
  const rapidjson::Value* value_;
  std::string path_;
};

/// Reads a JSON file; throws InputError with the path and, for bad JSON, line and column.
rapidjson::Document read_json_file(const std::string& path);

}  // namespace sim
