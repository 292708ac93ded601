#include <doctest/doctest.h>

#include "fleet.hpp"

using namespace stage3;

namespace {

bool has_line(const std::string& text, const std::string& line) {
  return ('\n' + text).find('\n' + line + '\n') != std::string::npos;
}

}  // namespace

TEST_CASE("metrics tell counts, and of a closed set the zeros, too") {
  const std::vector<Device> devices{well(1), well(2), locked(3), blank_device(4)};
  const std::string text = to_metrics(overview_of(devices, nullptr, kNow));
  INFO(text);
  CHECK(has_line(text, "stage3_devices{ota_status=\"up_to_date\"} 2"));
  CHECK(has_line(text, "stage3_devices{ota_status=\"check_failed\"} 0"));
  CHECK(has_line(text, "stage3_devices{ota_status=\"none\"} 1"));
  CHECK(has_line(text, "stage3_devices_failed{part=\"auth\"} 1"));
  CHECK(has_line(text, "stage3_devices_failed{part=\"entry\"} 0"));
  CHECK(has_line(text, "stage3_firmware_devices{app=\"Plus1\",version=\"1.7.5\"} 3"));
  CHECK(has_line(text, "stage3_firmware_devices{app=\"\",version=\"\"} 1"));
  CHECK(has_line(text, "stage3_updates{state=\"lost\"} 0"));
  CHECK(has_line(text, "stage3_last_run_timestamp_seconds 1795428000"));
  CHECK(text.find("run_duration") == std::string::npos);
}

TEST_CASE("a run adds what only it knows") {
  const std::vector<Device> devices{well(1)};
  const Overview all = overview_of(devices, nullptr, kNow);
  const std::string text = to_metrics(all, RunFigures{0.0421, kNow});
  CHECK(has_line(text, "stage3_run_duration_seconds 0.042"));
  CHECK(has_line(text, "stage3_last_success_timestamp_seconds 1795435200"));
  CHECK(has_line(to_metrics(all, RunFigures{12.5, 0}), "stage3_run_duration_seconds 12.500"));
  CHECK(has_line(to_metrics(all, RunFigures{12.5, 0}), "stage3_last_success_timestamp_seconds 0"));
}

TEST_CASE("what an app is called ends no text, and does nothing to a terminal") {
  const std::vector<Device> devices{device_with(
      1, [](OnRecord& record) { record.app = std::string("a\0\x1b[31m", 7) + "\xE2\x80\xAE"; })};
  const std::string text = to_metrics(overview_of(devices, nullptr, kNow));
  CHECK(
      has_line(text, R"(stage3_firmware_devices{app="a\\x00\\x1b[31m\\u202e",version="1.7.5"} 1)"));
  CHECK(text.find('\0') == std::string::npos);
}

TEST_CASE("whatever an app is called, its label ends where it should") {
  const std::vector<Device> devices{
      device_with(1, [](OnRecord& record) { record.app = "a\"} 1\nb\\"; })};
  const std::string text = to_metrics(overview_of(devices, nullptr, kNow));
  CHECK(has_line(text, "stage3_firmware_devices{app=\"a\\\"} 1\\nb\\\\\",version=\"1.7.5\"} 1"));
}
