// Devices that never stop sending, hardly send, or stop in the middle.

#include <numeric>
#include <utility>

#include "answers.hpp"
#include "device.hpp"
#include "kinds.hpp"

namespace evil {

namespace {

using End = Script::End;

constexpr std::size_t kBlock = 16 * 1024;

Script flood(std::string begin, std::string_view endless) {
  Script script = only(std::move(begin));
  script.endless = endless;
  return script;
}

Script endless_body(const Exchange&) {
  static const std::string text(kBlock, 'a');
  return flood(head(200) + "\r\n{\"name\":\"", text);
}

Script endless_chunks(const Exchange&) {
  static const std::string chunk = "4000\r\n" + std::string(0x4000, ' ') + "\r\n";
  return flood(head(200, "Transfer-Encoding: chunked\r\n") + "\r\n", chunk);
}

Script endless_headers(const Exchange&) {
  static const std::string fields = repeat("X-Evil: " + std::string(90, 'h') + "\r\n", kBlock);
  return flood(head(200), fields);
}

Script one_header(const Exchange&) {
  static const std::string text(kBlock, 'h');
  return flood(head(200) + "X-Evil: ", text);
}

Script flood_of_1xx(const Exchange&) {
  static const std::string answers = repeat("HTTP/1.1 100 Continue\r\n\r\n", kBlock);
  return flood({}, answers);
}

Script drip(const Exchange& exchange) {
  Script script = only(good_answer(exchange));
  script.splits.resize(script.bytes.size());
  std::iota(script.splits.begin(), script.splits.end(), std::size_t{0});
  script.pause = exchange.settings.drip;
  return script;
}

Script half_open(const Exchange&) {
  return only({}, End::hold);
}

/// As much as is allowed, and then nothing: costs the client memory for as long as it waits.
Script hoard(const Exchange&) {
  return only(head(200, repeat("X-Evil: " + std::string(290, 'h') + "\r\n", 14'000)) +
                  "\r\n{\"name\":\"" + std::string(kNearlyTooMuch, 'a'),
              End::hold);
}

Script reset(const Exchange& exchange) {
  std::string bytes = good_answer(exchange);
  bytes.resize(bytes.size() * (exchange.device.number % 4) / 4);
  return only(std::move(bytes), End::reset);
}

Script early_close(const Exchange& exchange) {
  std::string bytes = good_answer(exchange);
  const Device& device = exchange.device;
  const std::size_t size = bytes.size();
  bytes.resize(device.of >= size ? device.number % size : device.number * size / device.of);
  return only(std::move(bytes));
}

}  // namespace

KindList floods() {
  return {
      {"endless-body", endless_body},
      {"endless-chunks", endless_chunks},
      {"endless-headers", endless_headers},
      {"one-header", one_header},
      {"1xx-flood", flood_of_1xx},
      {"drip", drip},
      {"half-open", half_open},
      {"hoard", hoard},
      {"reset", reset},
      {"early-close", early_close},
  };
}

}  // namespace evil
