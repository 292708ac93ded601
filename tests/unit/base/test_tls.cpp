// How a key's hash is written.

#include <doctest/doctest.h>
#include <stage3/tls.hpp>

#include <string>

#include "base/base64.hpp"

using namespace stage3;

TEST_CASE("the vectors of RFC 4648 are written and read") {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& row : vectors) {
    const auto& [bytes, text] = row;
    CAPTURE(row.second);
    CHECK(to_base64(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()) == text);
    CHECK(from_base64(text) == bytes);
  }
}

TEST_CASE("there is one spelling of bytes in base64") {
  for (const char* text : {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "====", "Z===", "Zg==Zg==", "Zm9v\n",
                           "Zm-v", "Zm_v", " Zm9"}) {
    CAPTURE(text);
    CHECK_FALSE(from_base64(text));
  }
}

TEST_CASE("a key's hash is read as it is written, and nothing else is one") {
  const std::string text = "sha256//PF58AhmNEpXmYls3sKgsmDr8N6y/iWfdSQjm3Iw0g34=";
  const auto hash = KeyHash::parse(text);
  REQUIRE(hash);
  CHECK(hash->to_string() == text);
  CHECK(*hash != KeyHash());
  CHECK(KeyHash::parse(KeyHash().to_string()) == KeyHash());
  for (const std::string& wrong :
       {std::string(), text.substr(8), "sha1//" + text.substr(8), "SHA256" + text.substr(6),
        text.substr(0, text.size() - 1), text + "=", text + ";" + text,
        text.substr(0, text.size() - 1) + "A", " " + text}) {
    CAPTURE(wrong);
    CHECK_FALSE(KeyHash::parse(wrong));
  }
}
