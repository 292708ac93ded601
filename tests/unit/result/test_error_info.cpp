#include <doctest/doctest.h>
#include <stage3/error_info.hpp>

#include <cstring>
#include <set>
#include <string>

#include "base/utf8.hpp"

using namespace stage3;

namespace {

constexpr int kCauses = static_cast<int>(Cause::lost) + 1;
constexpr Part kParts[] = {Part::reach, Part::identity, Part::auth,
                           Part::ota,   Part::friendly, Part::entry};

std::string in_small_letters(Part part) {
  return part == Part::ota ? "ota" : to_string(part);
}

DeviceError an_error(Part part, Cause cause, const std::string& words = "something happened") {
  return {part, cause, 0, 0, std::string(to_string(part)) + ": " + words};
}

DeviceError with_numbers(Part part, Cause cause, int status, int code) {
  DeviceError error = an_error(part, cause, "HTTP 500 (-114 Resource unavailable)");
  error.http_status = status;
  error.rpc_code = code;
  return error;
}

/// One or two sentences without anything a terminal or a page would have to mind.
void check_text(const char* text) {
  CAPTURE(text);
  REQUIRE(text != nullptr);
  const std::string all = text;
  CHECK(all.size() >= 20);
  CHECK(all.size() <= 330);
  CHECK(all.back() == '.');
  CHECK(all.find('\n') == std::string::npos);
  CHECK(all.find("  ") == std::string::npos);
  CHECK(all.find('|') == std::string::npos);
  CHECK(all.find('`') == std::string::npos);
  CHECK(is_valid_utf8(all));
}

}  // namespace

TEST_CASE(
    "whatever happens is described by a row of its part, under the error's own id if it has one") {
  for (const Part part : kParts) {
    for (int i = 0; i < kCauses; ++i) {
      const auto cause = static_cast<Cause>(i);
      const ErrorInfo& info = error_info(an_error(part, cause));
      CAPTURE(info.id);
      const std::string own = in_small_letters(part) + "." + to_string(cause);
      const std::string rest = in_small_letters(part) + ".other";
      CHECK((info.id == own || info.id == rest));
      CHECK((find_error_info(own) != nullptr) == (info.id == own));
    }
  }
}

TEST_CASE("each row is found under its id, and there is one for it") {
  std::set<std::string> ids;
  for (const ErrorInfo& info : error_infos()) {
    CHECK(ids.insert(info.id).second);
    const ErrorInfo* const found = find_error_info(info.id);
    REQUIRE(found != nullptr);
    CHECK(found->id == std::string(info.id));
  }
  CHECK(ids.size() > 60);
  CHECK(find_error_info("") == nullptr);
  CHECK(find_error_info("auth") == nullptr);
  CHECK(find_error_info("OTA.rpc") == nullptr);
  CHECK(find_error_info("auth.login_refused ") == nullptr);
}

TEST_CASE("each row says in both languages what happened and what to do") {
  for (const ErrorInfo& info : error_infos()) {
    CAPTURE(info.id);
    for (const char* const text :
         {info.meaning[0], info.meaning[1], info.advice[0], info.advice[1]})
      check_text(text);
    CHECK(std::strcmp(info.meaning[0], info.meaning[1]) != 0);
    CHECK(std::strcmp(info.advice[0], info.advice[1]) != 0);
  }
}

TEST_CASE("the short form has the word that decides") {
  CHECK(short_form(an_error(Part::auth, Cause::login_refused, "login refused")) == "auth: refused");
  CHECK(short_form(an_error(Part::identity, Cause::wrong_device,
                            "expected A8032ABE54DC, found A8032A000033")) ==
        "identity: found A8032A000033");
  CHECK(short_form(with_numbers(Part::ota, Cause::rpc, 500, -114)) == "OTA: -114");
  CHECK(short_form(with_numbers(Part::ota, Cause::rpc, 500, 0)) == "OTA: HTTP 500");
  CHECK(short_form(with_numbers(Part::friendly, Cause::http, 503, 0)) == "friendly: HTTP 503");
  CHECK(short_form(an_error(Part::reach, Cause::refused)) == "reach: refused, ping ok");
  CHECK(short_form(an_error(Part::ota, Cause::not_installed,
                            "unchanged: 1.7.5 was sent, still runs 1.4.4")) == "OTA: unchanged");
  CHECK(short_form(an_error(Part::ota, Cause::not_installed,
                            "unstable: 1.7.5 was sent, and it reboots again and again")) ==
        "OTA: unstable");
  CHECK(short_form(an_error(Part::ota, Cause::lost, "lost: 1.7.5 was sent 31 min ago")) ==
        "OTA: lost");
  CHECK(short_form(an_error(Part::entry, Cause::bad_value, "ip is missing")) ==
        "entry: ip is missing");
}

TEST_CASE("no word of the code stands where a word for people is known") {
  CHECK(short_form(an_error(Part::identity, Cause::tls_key)) == "identity: other TLS key");
  CHECK(short_form(an_error(Part::identity, Cause::malformed)) == "identity: no Shelly");
  CHECK(short_form(an_error(Part::friendly, Cause::name_mismatch)) == "friendly: not kept");
  CHECK(short_form(an_error(Part::friendly, Cause::malformed)) == "friendly: odd answer");
  CHECK(short_form(an_error(Part::entry, Cause::bad_value,
                            "ip \"192.168.1.300\" is not an IPv4 or IPv6 address")) ==
        "entry: unusable");
  for (const char* const text :
       {"http:// in ip, but a TLS key is on record: delete stage3.tls to ask it without TLS",
        "ip \"10.0.0.1:80 \" has a blank", "ip \"10.0.0.1:99999\" is no address"})
    CHECK(short_form(an_error(Part::entry, Cause::bad_value, text)) == "entry: unusable");
}

TEST_CASE("a short form is short and plain, whatever the error says") {
  const std::string texts[] = {"",
                               "\xc3\x84rger: unlesbar",
                               "a\tb",
                               "\x1b[31mred",
                               ": :",
                               "found",
                               "found ",
                               "found " + std::string(200, 'x'),
                               std::string(200, 'x'),
                               std::string(200, ':')};
  for (const Part part : kParts) {
    for (int i = 0; i < kCauses; ++i) {
      for (const std::string& text : texts) {
        for (const int number : {0, -2147483647 - 1, 599}) {
          DeviceError error = an_error(part, static_cast<Cause>(i), text);
          error.rpc_code = number;
          error.http_status = number;
          const std::string form = short_form(error);
          CAPTURE(form);
          const bool names_mac = error.cause == Cause::wrong_device;
          CHECK(form.size() <= (names_mac ? 28U : 24U));
          CHECK(form.rfind(std::string(to_string(part)) + ": ", 0) == 0);
          CHECK(form.size() > std::strlen(to_string(part)) + 2);
          bool is_plain = true;
          for (const char c : form)
            is_plain = is_plain && c >= ' ' && c <= '~';
          CHECK(is_plain);
        }
      }
    }
  }
  // An error may come from elsewhere, without the part in front.
  for (const char* const text : {"", "a", "OTA", "OTA:", "OTA: "})
    CHECK(short_form({Part::ota, Cause::not_installed, 0, 0, text}) == "OTA: not_installed");
}
