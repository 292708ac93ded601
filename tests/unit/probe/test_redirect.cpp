// Where an answer sends whoever has asked.

#include "probe/redirect.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace stage3;
using probe::Redirect;

namespace {

const Address kV4 = *Address::parse("192.168.1.35:8080");
const Address kV6 = *Address::parse("[fd00::1]");

Redirect sent(const std::string& location, int status = 302, const Address& address = kV4) {
  Reply reply;
  reply.status = status;
  reply.location = location;
  return probe::read_redirect(reply, address);
}

}  // namespace

TEST_CASE("a device may send to itself by TLS, by its address or by any name") {
  struct Case {
    std::string location;
    std::uint16_t port;
  };
  for (const auto& row : {
           Case{"https://192.168.1.35", 443},
           Case{"https://192.168.1.35/", 443},
           Case{"https://192.168.1.35:8443/rpc/Shelly.GetDeviceInfo", 8443},
           Case{"HTTPS://192.168.1.35?x", 443},
           Case{"https://shellyplus1-a8032abe54dc.local:443/x", 443},
           Case{"https://shelly_1", 443},
           Case{"https://x.example.:9", 9},
           Case{"https://192.168.1.35.nip.io/", 443},
           Case{"https://192.168.1.35:/", 443},
           Case{"https://192.168.1.35:0443/", 443},
           Case{"https://192.168.1.35:0000008443", 8443},
           Case{"https://192.168.1.35:65535", 65535},
           Case{"https://name.local:/x", 443},
           Case{"https://name.local:0443", 443},
       }) {
    const auto& [location, port] = row;
    CAPTURE(row.location);
    CHECK(sent(location).to == Redirect::To::itself);
    CHECK(sent(location).port == port);
  }
  CHECK(sent("https://[fd00::1]:8443/x", 302, kV6).to == Redirect::To::itself);
  CHECK(sent("https://[fd00:0::1]/x", 302, kV6).port == 443);
  CHECK(sent("https://[fd00::1]:/x", 302, kV6).to == Redirect::To::itself);
  CHECK(sent("https://[fd00::1]:/x", 302, kV6).port == 443);
}

TEST_CASE("another address, in whatever spelling, is another address") {
  for (const char* location :
       {"https://192.168.1.36/", "https://192.168.1.36:8443", "https://[fd00::1]/",
        "https://127.1/", "https://3232235812", "https://0300.0250.1.44/", "https://0xc0a80124/",
        "https://192.168.1/", "https://192.168.1.35.1/", "https://192.168.1.035/",
        "https://192.168.1.36:/", "https://192.168.1.36:0/", "https://192.168.1.36:0443/",
        "https://1.2.3.4./", "https://[::1", "https://[fd00::1%25eth0]/", "https://x.0x7f/"}) {
    CAPTURE(location);
    CHECK(sent(location).to == Redirect::To::another_address);
  }
  CHECK(sent("https://192.168.1.35/", 302, kV6).to == Redirect::To::another_address);
}

TEST_CASE("what is no redirect to HTTPS that can be read is nothing") {
  for (const char* location : {"",
                               "/x",
                               "//192.168.1.35/",
                               "http://192.168.1.35/",
                               "https:/192.168.1.35",
                               "https://",
                               "https:///x",
                               "https://:443/",
                               "https://user@192.168.1.35/",
                               "https://192.168.1.35@evil/",
                               "https://a b/",
                               "https://name:0/",
                               "https://name:65536/",
                               "https://name:x/",
                               "https://name:443:443/",
                               "https://192.168.1.35:0/",
                               "https://192.168.1.35:65536/",
                               "https://192.168.1.35:4294967739/",
                               "https://192.168.1.35:x/",
                               "https://192.168.1.35:+443/",
                               "https://192.168.1.35:443:443/",
                               "https://192.168.1.35:-1/",
                               "https://192.168.1.35: 443/",
                               "https://..",
                               "https://na\nme/",
                               "ftp://192.168.1.35/"}) {
    CAPTURE(location);
    CHECK(sent(location).to == Redirect::To::nothing);
  }
}

TEST_CASE("only four statuses redirect") {
  for (int status = 100; status < 600; ++status) {
    CAPTURE(status);
    const bool is_one = status == 301 || status == 302 || status == 307 || status == 308;
    CHECK((sent("https://name/", status).to == Redirect::To::itself) == is_one);
  }
  Reply broken;
  broken.status = 302;
  broken.location = "https://name/";
  broken.failure = Cause::closed;
  CHECK(probe::read_redirect(broken, kV4).to == Redirect::To::nothing);
}
