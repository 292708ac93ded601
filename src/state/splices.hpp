#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "state/document.hpp"

namespace stage3::state {

/// Changes to a text: bytes [begin, end) become something else. All else stays.
class Splices {
 public:
  /// Splices are added in the order of the text and do not overlap; several may be at one place.
  /// What is appended to the returned string before the next call is what the bytes become.
  std::string& add(std::size_t begin, std::size_t end);

  bool empty() const { return splices_.empty(); }
  void clear();

  /// Calls `write(std::string_view)` for the pieces of the changed text from byte `copied` to the
  /// end of the last change, in order. That end, from where `bytes` goes on unchanged, is returned.
  template <class Write>
  std::size_t apply(std::string_view bytes, std::size_t copied, Write write) const {
    const std::string_view texts(texts_);
    for (std::size_t i = 0; i < splices_.size(); ++i) {
      const Splice& splice = splices_[i];
      const std::size_t text_end = i + 1 < splices_.size() ? splices_[i + 1].text : texts.size();
      write(bytes.substr(copied, splice.begin - copied));
      write(texts.substr(splice.text, text_end - splice.text));
      copied = splice.end;
    }
    return copied;
  }

 private:
  struct Splice {
    Offset begin;
    Offset end;
    std::size_t text;  ///< where its text begins in texts_; it ends where the next one's begins
  };

  std::vector<Splice> splices_;
  std::string texts_;
};

}  // namespace stage3::state
