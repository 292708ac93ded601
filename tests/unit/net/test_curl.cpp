#include "net/curl.hpp"

#include <doctest/doctest.h>
#include <stage3/error.hpp>

#include <memory>
#include <new>

using namespace stage3;

TEST_CASE("libcurl's codes become exceptions") {
  net::check(CURLE_OK);
  net::check(CURLM_OK);
  net::check(CURLUE_OK);
  CHECK_THROWS_AS(net::check(CURLE_OUT_OF_MEMORY), std::bad_alloc);
  CHECK_THROWS_AS(net::check(CURLM_OUT_OF_MEMORY), std::bad_alloc);
  CHECK_THROWS_AS(net::check(CURLUE_OUT_OF_MEMORY), std::bad_alloc);
  CHECK_THROWS_WITH_AS(net::check(CURLE_BAD_FUNCTION_ARGUMENT),
                       "libcurl: A libcurl function was given a bad argument", Error);
  CHECK_THROWS_AS(net::check(CURLM_BAD_HANDLE), Error);
  CHECK_THROWS_AS(net::check(CURLUE_BAD_PORT_NUMBER), Error);
}

TEST_CASE("libcurl may be initialised more than once") {
  auto first = std::make_unique<net::CurlGlobal>();
  const net::CurlGlobal second;
  first.reset();
  const net::EasyHandle handle(curl_easy_init());
  CHECK(handle != nullptr);
}
