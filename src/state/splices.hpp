#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "state/document.hpp"

namespace stage3::state {

/// Changes to a text: bytes [begin, end) become `text`. All else stays.
class Splices {
 public:
  struct Splice {
    Offset begin;
    Offset end;
    Offset text;  ///< where its text ends in the common buffer; it begins where the last one's ends
  };

  /// Splices are added in the order of the text and do not overlap; several may be at one place.
  void add(std::size_t begin, std::size_t end, std::string_view text);

  bool empty() const { return splices_.empty(); }

  /// Calls `write(std::string_view)` for the pieces of the changed text, in order.
  template <class Write>
  void apply(std::string_view bytes, Write write) const {
    const std::string_view texts(texts_);
    std::size_t copied = 0;
    std::size_t text_begin = 0;
    for (const Splice& splice : splices_) {
      write(bytes.substr(copied, splice.begin - copied));
      write(texts.substr(text_begin, splice.text - text_begin));
      copied = splice.end;
      text_begin = splice.text;
    }
    write(bytes.substr(copied));
  }

 private:
  std::vector<Splice> splices_;
  std::string texts_;
};

}  // namespace stage3::state
