#pragma once

#include <string>

#include "kinds.hpp"

namespace evil {

/// What a device that means well would answer. Carries writing RPCs out.
std::string good_body(const Exchange& exchange);

/// `good_body()` with its head.
std::string good_answer(const Exchange& exchange);

/// What another device would answer to the same request.
std::string answer_of_stranger(const Exchange& exchange);

/// Status line and the usual header fields, without the empty line at the end.
std::string head(int status, const std::string& fields = {});

/// A whole answer.
std::string answer(int status, const std::string& body, const std::string& fields = {});

}  // namespace evil
