#include "base/address_range.hpp"

#include <doctest/doctest.h>

#include <string>

using stage3::Address;
using stage3::AddressRange;

namespace {

bool has(const std::string& range, const std::string& address) {
  return AddressRange::parse(range).value().has(Address::parse(address).value());
}

}  // namespace

TEST_CASE("an address alone stands for its ports, or for the one it names") {
  CHECK(has("10.0.0.1", "10.0.0.1:8080"));
  CHECK(has("10.0.0.1:8080", "10.0.0.1:8080"));
  CHECK(!has("10.0.0.1:8080", "10.0.0.1"));
  CHECK(has("10.0.0.1:80", "10.0.0.1"));
  CHECK(!has("10.0.0.1:80", "10.0.0.1:81"));
  CHECK(!has("10.0.0.1", "10.0.0.2"));
  CHECK(has("::ffff:10.0.0.1", "10.0.0.1"));
}

TEST_CASE("both ends of a range are in it") {
  CHECK(!has("10.0.0.8-10.0.1.2", "10.0.0.7"));
  CHECK(has("10.0.0.8-10.0.1.2", "10.0.0.8"));
  CHECK(has("10.0.0.8-10.0.1.2", "10.0.0.255:81"));
  CHECK(has("10.0.0.8-10.0.1.2", "10.0.1.2"));
  CHECK(!has("10.0.0.8-10.0.1.2", "10.0.1.3"));
  CHECK(has("10.0.0.8-8", "10.0.0.8"));
  CHECK(has("10.0.0.0-255", "10.0.0.255"));
  CHECK(!has("10.0.0.0-255", "10.0.1.0"));
}

TEST_CASE("each prefix length of a network fixes as many bits") {
  for (unsigned bits = 0; bits <= 32; ++bits) {
    CAPTURE(bits);
    const std::string network = "128.129.130.131/" + std::to_string(bits);
    CHECK(has(network, "128.129.130.131"));
    // The address that differs in this bit and in no other.
    for (unsigned bit = 0; bit < 32; ++bit) {
      CAPTURE(bit);
      const unsigned flipped = 0x80818283U ^ (0x80000000U >> bit);
      std::string other;
      for (const unsigned shift : {24U, 16U, 8U, 0U})
        other += (other.empty() ? "" : ".") + std::to_string(flipped >> shift & 255U);
      CHECK(has(network, other) == (bit >= bits));
    }
  }
  CHECK(has("fd00::/128", "fd00::"));
  CHECK(!has("fd00::/128", "fd00::1"));
  CHECK(has("fd00::/8", "fdff:ffff::1"));
  CHECK(!has("fd00::/8", "fc00::1"));
  CHECK(!has("::/0", "10.0.0.1"));
}

TEST_CASE("what is no range") {
  for (const char* text : {"",
                           "-",
                           "/",
                           "10.0.0.1-",
                           "-10.0.0.1",
                           "10.0.0.2-10.0.0.1",
                           "10.0.0.2-1",
                           "10.0.0.1-256",
                           "10.0.0.1-01",
                           "10.0.0.1-fd00::1",
                           "fd00::1-2",
                           "10.0.0.0/33",
                           "fd00::/129",
                           "10.0.0.0/",
                           "10.0.0.0/08",
                           "10.0.0.0/+8",
                           "10.0.0.0/24/8",
                           "10.0.0.1:80/24",
                           "10.0.0.1:80-9",
                           "http://10.0.0.1/24",
                           "kitchen",
                           "0.0.0.0",
                           "10.0.0.*"}) {
    CAPTURE(text);
    CHECK(!AddressRange::parse(text));
  }
}
