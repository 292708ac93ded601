#include <stage3/error.hpp>

#include <utility>

namespace stage3 {
namespace {

std::string with_location(const std::string& message, const std::string& path, int line,
                          int column) {
  std::string text = path;
  for (const int number : {line, column}) {
    if (number <= 0) break;
    if (!text.empty()) text += ':';
    text += std::to_string(number);
  }
  if (!text.empty()) text += ": ";
  return text + message;
}

}  // namespace

Error::Error(Errc code, const std::string& message, std::string path, int line, int column)
    : std::runtime_error(with_location(message, path, line, column)),
      code_(code),
      message_(message),
      path_(std::move(path)),
      line_(line),
      column_(column) {}

}  // namespace stage3
