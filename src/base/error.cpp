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

Error::Error(Named /*tag*/, Errc code, const std::string& message, std::string path)
    : std::runtime_error(message),
      code_(code),
      message_(message),
      path_(std::move(path)),
      line_(0),
      column_(0) {}

Error Error::naming(Errc code, const std::string& message, std::string path) {
  return {Named{}, code, message, std::move(path)};
}

}  // namespace stage3
