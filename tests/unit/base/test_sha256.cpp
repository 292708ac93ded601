#include "base/sha256.hpp"

#include <doctest/doctest.h>
#include <nettle/sha2.h>

#include <cstdint>
#include <random>
#include <string>

using namespace stage3;

namespace {

/// The same by the library that the simulator uses.
Sha256Digest by_nettle(const std::string& data) {
  sha256_ctx context;
  sha256_init(&context);
  sha256_update(&context, data.size(), reinterpret_cast<const std::uint8_t*>(data.data()));
  Sha256Digest digest;
  sha256_digest(&context, digest.size(), digest.data());
  return digest;
}

}  // namespace

TEST_CASE("SHA-256: the examples of FIPS 180-4") {
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256_hex("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnop"
                   "qklmnopqrlmnopqrsmnopqrstnopqrstu") ==
        "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
  CHECK(sha256_hex(std::string(1000000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("SHA-256: as another library has it, for every length around the blocks") {
  std::mt19937 random(20261128);
  for (std::size_t length = 0; length < 400; ++length) {
    std::string data(length, '\0');
    for (char& c : data)
      c = static_cast<char>(random());
    CAPTURE(length);
    CHECK(sha256(data) == by_nettle(data));
  }
}
