#include "json/scalars.hpp"

#include <utility>

#include "json/reader.hpp"

namespace stage3::json {
namespace {

class ScalarVisitor : public Handler {
 public:
  explicit ScalarVisitor(const std::function<void(const Path&, const Scalar&)>& visit)
      : visit_(visit) {}

  /// Where the top level begins if it is not an object.
  const std::optional<std::size_t>& not_an_object() const { return not_an_object_; }

  void begin_object(Span) override {
    if (arrays_ == 0) path_.emplace_back();
  }
  void key(std::string_view name, Span) override {
    if (arrays_ == 0) path_.back() = name;
  }
  void end_object(Span) override {
    if (arrays_ == 0) path_.pop_back();
  }
  void begin_array(Span bracket) override {
    if (path_.empty() && !not_an_object_) not_an_object_ = bracket.begin;
    ++arrays_;
  }
  void end_array(Span) override { --arrays_; }
  void scalar(const Scalar& value, Span token) override {
    if (arrays_ > 0) return;
    if (path_.empty()) {
      not_an_object_ = token.begin;
    } else {
      visit_(path_, value);
    }
  }

 private:
  const std::function<void(const Path&, const Scalar&)>& visit_;
  Path path_;
  unsigned arrays_ = 0;
  std::optional<std::size_t> not_an_object_;
};

}  // namespace

std::optional<Problem> visit_scalars(std::string_view text, const Limits& limits,
                                     const std::function<void(const Path&, const Scalar&)>& visit) {
  ScalarVisitor visitor(visit);
  // One byte more than allowed is enough to be refused.
  std::string terminated(text.substr(0, limits.max_bytes + 1));
  if (auto problem = read_damaged(std::move(terminated), limits, visitor)) return problem;
  if (visitor.not_an_object()) return Problem{"expected an object", *visitor.not_an_object()};
  return std::nullopt;
}

}  // namespace stage3::json
