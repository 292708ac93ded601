#include "base/address.hpp"

#include <doctest/doctest.h>
#include <stage3/address.hpp>

using stage3::Address;

TEST_CASE("IPv4 with and without a port") {
  const auto plain = Address::parse("192.168.1.35");
  REQUIRE(plain);
  CHECK_FALSE(plain->is_v6());
  CHECK(plain->port() == 80);
  CHECK(plain->bytes()[0] == 192);
  CHECK(plain->bytes()[3] == 35);
  CHECK(plain->bytes()[4] == 0);
  CHECK(plain->ip() == "192.168.1.35");
  CHECK(plain->to_string() == "192.168.1.35");
  CHECK(plain->authority() == "192.168.1.35:80");

  const auto with_port = Address::parse("192.168.1.35:8080");
  REQUIRE(with_port);
  CHECK(with_port->port() == 8080);
  CHECK(with_port->ip() == "192.168.1.35");
  CHECK(with_port->to_string() == "192.168.1.35:8080");
  CHECK(with_port->authority() == "192.168.1.35:8080");
}

TEST_CASE("IPv6 bare, in brackets and with a port") {
  for (const char* text : {"fd00::1", "[fd00::1]", "[fd00::1]:80", "FD00:0:0:0:0:0:0:1"}) {
    CAPTURE(text);
    const auto address = Address::parse(text);
    REQUIRE(address);
    CHECK(address->is_v6());
    CHECK(address->ip() == "fd00::1");
    CHECK(address->to_string() == "fd00::1");
    CHECK(address->authority() == "[fd00::1]:80");
  }
  const auto with_port = Address::parse("[fd00::1]:8080");
  REQUIRE(with_port);
  CHECK(with_port->to_string() == "[fd00::1]:8080");
  CHECK(with_port->authority() == "[fd00::1]:8080");
}

TEST_CASE("what an address says of TLS") {
  using Scheme = Address::Scheme;
  struct Case {
    const char* text;
    Scheme scheme;
    std::uint16_t port;
    const char* shown;
  };
  for (const auto& row : {
           Case{"10.0.0.1", Scheme::any, 80, "10.0.0.1"},
           Case{"10.0.0.1:443", Scheme::any, 443, "10.0.0.1:443"},
           Case{"http://10.0.0.1", Scheme::http, 80, "http://10.0.0.1"},
           Case{"HTTP://10.0.0.1:443", Scheme::http, 443, "http://10.0.0.1:443"},
           Case{"https://10.0.0.1", Scheme::https, 443, "10.0.0.1:443"},
           Case{"https://10.0.0.1:80", Scheme::https, 80, "https://10.0.0.1:80"},
           Case{"https://10.0.0.1:8443", Scheme::https, 8443, "https://10.0.0.1:8443"},
           Case{"https://[fd00::1]:8443", Scheme::https, 8443, "https://[fd00::1]:8443"},
           Case{"https://fd00::1", Scheme::https, 443, "[fd00::1]:443"},
       }) {
    const auto& [text, scheme, port, shown] = row;
    CAPTURE(row.text);
    const auto address = Address::parse(text);
    REQUIRE(address);
    CHECK(address->scheme() == scheme);
    CHECK(address->port() == port);
    CHECK(address->to_string() == shown);
    CHECK(Address::parse(shown) == address);
    CHECK(address->at_port(9).port() == 9);
    CHECK(address->at_port(9).scheme() == Scheme::any);
  }
  CHECK(Address::parse("https://10.0.0.1", 8443)->port() == 8443);
  CHECK(Address::parse("https://10.0.0.1:443") == Address::parse("10.0.0.1:443"));
}

TEST_CASE("an IPv4 address in IPv6 clothes is the same host") {
  for (const char* text :
       {"::ffff:127.0.0.1", "[::ffff:127.0.0.1]", "::FFFF:7f00:1", "0:0:0:0:0:ffff:127.0.0.1"}) {
    CAPTURE(text);
    const auto address = Address::parse(text);
    REQUIRE(address);
    CHECK(*address == *Address::parse("127.0.0.1"));
    CHECK(address->to_string() == "127.0.0.1");
  }
  CHECK(Address::parse("[::ffff:127.0.0.1]:81")->authority() == "127.0.0.1:81");
  CHECK(Address::parse("::127.0.0.1")->is_v6());
}

TEST_CASE("addresses that no device has are told for what they are") {
  struct Case {
    const char* text;
    const char* told;
  };
  for (const Case& c :
       {Case{"0.0.0.0", "is the unspecified address, which no device has"},
        Case{"0.0.0.0:8080", "is the unspecified address, which no device has"},
        Case{"::", "is the unspecified address, which no device has"},
        Case{"[::]:80", "is the unspecified address, which no device has"},
        Case{"::ffff:0.0.0.0", "is the unspecified address, which no device has"},
        Case{"255.255.255.255", "is the broadcast address, which no device has"},
        Case{"::ffff:255.255.255.255", "is the broadcast address, which no device has"},
        Case{"224.0.0.1", "is a multicast address, which no device has"},
        Case{"239.255.255.255", "is a multicast address, which no device has"},
        Case{"ff02::1", "is a multicast address, which no device has"},
        Case{"::ffff:224.0.0.1", "is a multicast address, which no device has"}}) {
    CAPTURE(c.text);
    CHECK_FALSE(Address::parse(c.text));
    CHECK(stage3::explain_address(c.text) == c.told);
  }
  for (const char* text : {"223.255.255.255", "240.0.0.1", "255.255.255.254", "0.0.0.1", "::1",
                           "fe80::1", "feff::1"}) {
    CAPTURE(text);
    CHECK(Address::parse(text));
  }
}

TEST_CASE("what is no address is told for what it is") {
  using stage3::explain_address;
  for (const char* text : {"shelly.local", "localhost", "shelly-1:80", "my_device", "a"})
    CHECK(explain_address(text) == "is a host name, not an address: names are not resolved");
  for (const char* text : {" 10.0.0.1", "10.0.0.1 ", "10.0.0.1\n", "\tfd00::1"})
    CHECK(explain_address(text) == "has white space before or behind the address");
  for (const char* text : {"fe80::1%eth0", "[fe80::1%2]:80"}) {
    CHECK(explain_address(text) ==
          "has a zone (%), which is no part of an address: give one that needs none");
  }
  CHECK(explain_address(" ") == "is blank");
  for (const char* text : {"10.0.0.1-20", "10.0.0.1-10.0.0.20", "fd00::1-fd00::9"})
    CHECK(explain_address(text) == "is a range of addresses: one entry is one device");
  for (const char* text : {"10.0.0.0/24", "10.0.0.0/255.255.255.0", "fd00::/64"})
    CHECK(explain_address(text) == "is a network, not the address of a device");
  for (const char* text : {"10.0.0.1,10.0.0.2", "10.0.0.1, 10.0.0.2", "10.0.0.1;fd00::1",
                           "10.0.0.1 10.0.0.2", "10.0.0.1 (kitchen)", "10.0.0.1:80,10.0.0.2"}) {
    CHECK(explain_address(text) == "is more than an address: one entry has one, and nothing else");
  }
  for (const char* text : {"10.0.0.1-kitchen!", "10.0.0.1/x!", "10.0.0.256-257", "10.0.0.300,1"})
    CHECK(explain_address(text) == "is not an IPv4 or IPv6 address");
  for (const char* text : {"127.1", "010.0.0.1", "10.0.0.256", "1:2:3", "10.0.0.256:99999"})
    CHECK(explain_address(text) == "is not an IPv4 or IPv6 address");
  for (const char* text : {"10.0.0.1:0", "10.0.0.1:", "10.0.0.1:99999", "10.0.0.1:080",
                           "[fd00::1]:65536", "10.0.0.1:http", "https://10.0.0.1:99999"}) {
    CHECK(explain_address(text) == "has a port that is none: 1 to 65535, without leading zeros");
  }
  for (const char* text : {"A8032A000001", "a8:03:2a:00:00:01", "a8-03-2a-00-00-01"})
    CHECK(explain_address(text) == "is a MAC address, not an IP address");
}

TEST_CASE("whoever asks for what is no address is told what to ask for") {
  using stage3::why_no_address;
  CHECK(why_no_address("10.0.0.1-9") ==
        "'10.0.0.1-9' is a range of addresses: the selection ip=10.0.0.1-9 takes those");
  CHECK(why_no_address("fd00::/64", "--select ") ==
        "'fd00::/64' is a range of addresses: --select ip=fd00::/64 takes those");
  CHECK(why_no_address("10.0.0.1-9,10.0.0.20") ==
        "'10.0.0.1-9,10.0.0.20' is a range of addresses: the selection ip=10.0.0.1-9,10.0.0.20 "
        "takes those");
  for (const std::string mac : {"A8032A000001", "a8:03:2a:00:00:01", "a8-03-2a-00-00-01"}) {
    CHECK(why_no_address(mac) ==
          "'" + mac + "' is a MAC address: the selection mac=" + mac + " takes those");
  }
  // What a selection would refuse as well is not handed on to it.
  for (const char* text : {"10.0.0.1/", "10.0.0.1/33", "10.0.0.9-10.0.0.1", "10.0.0.9-1",
                           "10.0.0.1-9,x", "10.0.0.0/255.255.255.0"}) {
    CHECK(why_no_address(text).find("selection") == std::string::npos);
  }
  CHECK(why_no_address("10.0.0.9-1") ==
        "'10.0.0.9-1' is not a range of addresses, or ends before it begins");
  for (const char* text : {"10.0.0.1,10.0.0.2", "10.0.0.1 10.0.0.2", "10.0.0.1;10.0.0.2"})
    CHECK(why_no_address(text).find("is several words in one") != std::string::npos);
  CHECK(why_no_address("kitchen.local") ==
        "'kitchen.local' is a host name, not an address: names are not resolved; `getent ahosts "
        "kitchen.local` tells which addresses it has");
  CHECK(why_no_address("10.0.0.1/") ==
        "'10.0.0.1/' is not an IPv4 or IPv6 address (a.b.c.d, "
        "a.b.c.d:port, IPv6 or [IPv6]:port)");
}

TEST_CASE("the default port holds where the text names none") {
  CHECK(Address::parse("10.0.0.1", 8080)->port() == 8080);
  CHECK(Address::parse("10.0.0.1:81", 8080)->port() == 81);
  CHECK(Address::parse("fd00::1", 8080)->port() == 8080);
  CHECK(Address::parse("[fd00::1]", 8080)->authority() == "[fd00::1]:8080");
  CHECK(Address::parse("[fd00::1]:80", 8080)->to_string() == "fd00::1");
}

TEST_CASE("only strict literals are addresses") {
  using namespace std::string_view_literals;
  for (const auto text : {""sv,
                          "127.1"sv,
                          "2130706433"sv,
                          "0x7f.0.0.1"sv,
                          "0177.0.0.1"sv,
                          "192.168.01.35"sv,
                          "192.168.1.256"sv,
                          "192.168.1"sv,
                          "192.168.1.35."sv,
                          "192.168.1.35.6"sv,
                          " 192.168.1.35"sv,
                          "192.168.1.35 "sv,
                          "192.168.1.35/24"sv,
                          "192.168.1.35\n"sv,
                          "192.168.1.35\0"sv,
                          "192.168.1.35\0.example"sv,
                          "shelly.local"sv,
                          "localhost"sv,
                          "ftp://192.168.1.35"sv,
                          "http:/192.168.1.35"sv,
                          "http://"sv,
                          "https://http://192.168.1.35"sv,
                          "https://192.168.1.35/"sv,
                          "https://user@192.168.1.35"sv,
                          "https:// 192.168.1.35"sv,
                          "[192.168.1.35]"sv,
                          "[192.168.1.35]:80"sv,
                          "fe80::1%eth0"sv,
                          "fe80::1%2"sv,
                          "[fe80::1%eth0]:80"sv,
                          "[fd00::1"sv,
                          "fd00::1]"sv,
                          "[fd00::1]80"sv,
                          "[fd00::1]x:80"sv,
                          "[]"sv,
                          "[]:80"sv,
                          "[[fd00::1]]"sv,
                          "fd00::1::2"sv,
                          "12345::1"sv,
                          ":"sv,
                          ":80"sv,
                          "::1.2.3"sv,
                          "1:2:3:4:5:6:7"sv,
                          "1:2:3:4:5:6:7:8:9"sv,
                          "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"sv}) {
    CAPTURE(text);
    CHECK_FALSE(Address::parse(text));
  }
}

TEST_CASE("ports are 1..65535 in plain digits") {
  CHECK(Address::parse("10.0.0.1:1")->port() == 1);
  CHECK(Address::parse("10.0.0.1:65535")->port() == 65535);
  for (const char* port : {"", "0", "65536", "99999", "123456", "+80", "-80", " 80", "80 ", "080",
                           "8o", "0x50", "80.0", "4294967376"}) {
    CAPTURE(port);
    CHECK_FALSE(Address::parse(std::string("10.0.0.1:") + port));
    CHECK_FALSE(Address::parse(std::string("[fd00::1]:") + port));
  }
}

TEST_CASE("addresses compare by family, bytes and port") {
  CHECK(*Address::parse("10.0.0.1") == *Address::parse("10.0.0.1:80"));
  CHECK_FALSE(*Address::parse("10.0.0.1") == *Address::parse("10.0.0.1:81"));
  CHECK_FALSE(*Address::parse("0.0.0.1") == *Address::parse("::1"));
  CHECK(*Address::parse("10.0.0.1") < *Address::parse("10.0.0.2"));
  CHECK(*Address::parse("10.0.0.1:80") < *Address::parse("10.0.0.1:81"));
  CHECK(*Address::parse("255.0.0.1") < *Address::parse("::1"));
}
