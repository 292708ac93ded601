#include <doctest/doctest.h>

#include "base/base64.hpp"
#include "base/sha256.hpp"
#include "fleet.hpp"
#include "report/markup.hpp"

using namespace stage3;

namespace {

std::string page_of(const std::vector<Device>& devices, Language language = Language::en) {
  return to_html(overview_of(devices, nullptr, kNow), language);
}

/// What stands between two texts, the first time.
std::string between(const std::string& text, const std::string& before, const std::string& after) {
  const std::size_t begin = text.find(before);
  REQUIRE(begin != std::string::npos);
  const std::size_t from = begin + before.size();
  return text.substr(from, text.find(after, from) - from);
}

std::string source_of(const std::string& text) {
  const Sha256Digest digest = sha256(text);
  return "'sha256-" + to_base64(digest.data(), digest.size()) + "'";
}

bool has(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

}  // namespace

TEST_CASE("the policy allows this style and this script, and nothing else") {
  const std::string page = page_of({well(1)});
  const std::string policy = between(page, "Content-Security-Policy\" content=\"", "\"");
  CHECK(policy.find("default-src 'none'; ") == 0);
  CHECK(has(policy, "script-src " + source_of(between(page, "<script>", "</script>")) + ";"));
  CHECK(has(policy, "style-src " + source_of(between(page, "<style>", "</style>")) + ";"));
  CHECK_FALSE(has(policy, "unsafe"));
  CHECK_FALSE(has(page, " style=\""));
}

TEST_CASE("without data the page is small") {
  CHECK(page_of({}).size() < 60 * 1024);
  CHECK(page_of({}, Language::de).size() < 60 * 1024);
}

TEST_CASE("the page says in which language it is") {
  CHECK(has(page_of({locked(1)}), "<html lang=\"en\">"));
  const std::string german = page_of({locked(1)}, Language::de);
  CHECK(has(german, "<html lang=\"de\">"));
  CHECK(has(german, "Fehler bei 1 von 1 Geräten."));
  CHECK_FALSE(has(german, "Failures"));
}

TEST_CASE("no text of a device is markup, wherever it stands") {
  const std::string evil = "</script><img src=x onerror=a()>\"'&<!--";
  const Device device = device_with(1, [&](OnRecord& record) {
    record.ota_status = OtaStatus::error;
    record.app = record.fw = record.update = record.error = evil;
    record.device_name = evil;
  });
  const Device before = device_with(1, [&](OnRecord& record) { record.device_name = evil + "2"; });
  const std::vector<Device> devices{device};
  const std::vector<Device> earlier{before};
  const std::string page = to_html(overview_of(devices, &earlier, kNow), Language::en);
  CHECK_FALSE(has(page, "<img"));
  CHECK_FALSE(has(page, "<!--"));
  CHECK(has(page, "&lt;/script&gt;&lt;img src=x onerror=a()&gt;&quot;&#39;&amp;&lt;!--"));
  CHECK(has(page, "\\u003c/script\\u003e\\u003cimg"));
  // Those of the page itself.
  std::size_t ends = 0;
  for (std::size_t at = 0; (at = page.find("</script", at)) != std::string::npos; ++at)
    ++ends;
  CHECK(ends == 2);
}

TEST_CASE("an address is linked only where it can be one") {
  Device unusable = well(1);
  unusable.defect = "bad address";
  unusable.address_text = "javascript:alert(1)";
  CHECK_FALSE(has(page_of({unusable}), "href=\"javascript"));
  CHECK_FALSE(has(page_of({unusable}), "://javascript"));

  CHECK(has(page_of({locked(1)}), "<a href=\"http://10.0.0.1/\""));
  Device v6 = locked(2);
  v6.address = *Address::parse("[fd00::2]:8080");
  CHECK(has(page_of({v6}), "<a href=\"http://[fd00::2]:8080/\""));
  v6.address = *Address::parse("https://[fd00::2]");
  CHECK(has(page_of({v6}), "<a href=\"https://[fd00::2]/\""));
  const Device secure = device_with(3, [](OnRecord& record) {
    record.ota_status = OtaStatus::error;
    record.tls = TlsPin{};
  });
  CHECK(has(page_of({secure}), "<a href=\"https://10.0.0.3/\""));
}

TEST_CASE("what thousands share is listed in part, with a link to all") {
  const std::string page = page_of(std::vector<Device>(5000, locked(1)));
  const std::string body = between(page, "<main>", "</main>");
  CHECK(body.size() < 20 * 1024);
  CHECK(has(body, "<a href=\"#error=auth.login_refused\">and 4,975 more</a>"));
}

TEST_CASE("updates that were sent have a box of their own, where there are any") {
  CHECK_FALSE(has(page_of({well(1)}), "updates-title"));
  const std::string page = page_of({well(1), under_way(2)});
  const std::string box = between(page, "id=\"updates-title\"", "</section>");
  INFO(box);
  CHECK(has(box, "<h3>Sent, and its end not seen yet: 1</h3>"));
  CHECK(has(box, "Lamp 2"));
  CHECK_FALSE(has(box, "Lamp 1"));
  CHECK(has(box, "<bdi>1.7.5</bdi> \xE2\x86\x92 <bdi>2.0.0\\x1b</bdi>"));
  CHECK(has(box, "since 2026-11-23 10:00 UTC"));
  CHECK(has(box, "<p>sent 1</p>"));
  CHECK(page.find("failures-title") < page.find("updates-title"));
  CHECK(page.find("updates-title") < page.find("firmware-title"));
  const std::string many = page_of(std::vector<Device>(100, under_way(2)));
  CHECK(has(many, "<a href=\"#status=sent\">and 75 more</a>"));
}

TEST_CASE("a bar has as many parts as there are colours, and says in words what it shows") {
  std::vector<Device> devices;
  for (int i = 0; i < 12; ++i)
    devices.push_back(
        device_with(i, [&](OnRecord& record) { record.fw = "1." + std::to_string(i) + ".0"; }));
  const std::string page = page_of(devices);
  CHECK(has(page,
            "aria-label=\"Plus1: 1.11.0 1, 1.10.0 1, 1.9.0 1, 1.8.0 1, 1.7.0 1, 1.6.0 1, "
            "1.5.0 1, others 5\""));
  CHECK(has(page, "class=\"v7\""));
  CHECK_FALSE(has(page, "class=\"v8\""));
}

TEST_CASE("a value of the hash is one, whatever is in it") {
  CHECK(report::hash_value("Plus1PM") == "Plus1PM");
  CHECK(report::hash_value("a&b=c#\"ü%") == "a%26b%3Dc%23%22%C3%BC%25");
}
