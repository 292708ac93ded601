// Devices whose answer is a bomb, or no answer, or of another length than it says.

#include <iterator>

#include "answers.hpp"
#include "device.hpp"
#include "kinds.hpp"

namespace evil {

namespace {

using End = Script::End;

Script gzip_content(const Exchange& exchange) {
  return only(answer(200, exchange.settings.bomb, "Content-Encoding: gzip\r\n"));
}

Script gzip_transfer(const Exchange& exchange) {
  return only(head(200, "Transfer-Encoding: gzip\r\nConnection: close\r\n") + "\r\n" +
              exchange.settings.bomb);
}

Script depth_bomb(const Exchange& exchange) {
  const char* const levels[] = {"[", "{\"a\":", "[{\"name\":"};
  return only(answer(200, repeat(levels[exchange.device.number % 3], kNearlyTooMuch)));
}

Script number_bomb(const Exchange& exchange) {
  const std::string zeros(kNearlyTooMuch / 2, '0');
  const std::string numbers[] = {
      "1" + zeros,
      "1." + zeros + "1",
      "-0." + zeros + "1e-2147483648",
      "1e-" + std::string(kNearlyTooMuch / 2, '9'),
      "1.0000000000e-2147483648",
      "0.1e-2147483647",
      "1e2147483648",
  };
  // Wherever a reader looks.
  const std::string& number = numbers[exchange.device.number % std::size(numbers)];
  return only(answer(200, "{\"mac\":" + number + ",\"stable\":" + number + "}"));
}

Script with_length(const Exchange& exchange, const std::string& fields, End end = End::close) {
  return only(head(200, fields) + "\r\n" + good_body(exchange), end);
}

std::string length_field(std::size_t size) {
  return "Content-Length: " + std::to_string(size) + "\r\n";
}

Script length_too_long(const Exchange& exchange) {
  return with_length(exchange, length_field(good_body(exchange).size() + 100));
}

Script length_too_long_held(const Exchange& exchange) {
  return with_length(exchange, length_field(good_body(exchange).size() + 100), End::hold);
}

Script length_too_short(const Exchange& exchange) {
  return with_length(exchange, length_field(good_body(exchange).size() / 2));
}

Script length_absurd(const Exchange& exchange) {
  const char* const fields[] = {"Content-Length: -1\r\n", "Content-Length: 1x\r\n",
                                "Content-Length: 5, 5\r\n"};
  return with_length(exchange, fields[exchange.device.number % std::size(fields)]);
}

Script length_twice(const Exchange& exchange) {
  return with_length(exchange, length_field(good_body(exchange).size()) + length_field(5));
}

Script late_bytes(const Exchange& exchange) {
  const std::string body = good_body(exchange);
  Script script = only(answer(200, body, "Connection: keep-alive\r\n"), End::hold);
  script.late = answer_of_stranger(exchange);
  return script;
}

Script garbage(const Exchange& exchange) {
  static const std::string bytes = [] {
    std::string out;
    for (unsigned i = 0, x = 1; i < kNearlyTooMuch; ++i, x = x * 1103515245 + 12345)
      out += static_cast<char>(x >> 16);
    return out;
  }();
  return exchange.device.number % 2 == 0 ? only(bytes) : only(answer(200, bytes));
}

}  // namespace

KindList bodies() {
  return {
      {"gzip-content", gzip_content},
      {"gzip-transfer", gzip_transfer},
      {"depth-bomb", depth_bomb},
      {"number-bomb", number_bomb},
      {"length-too-long", length_too_long},
      {"length-too-long-held", length_too_long_held},
      {"length-too-short", length_too_short},
      {"length-absurd", length_absurd},
      {"length-twice", length_twice},
      {"late-bytes", late_bytes},
      {"garbage", garbage},
  };
}

}  // namespace evil
