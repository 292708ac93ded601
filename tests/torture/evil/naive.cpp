// What one would first write: libcurl and RapidJSON as they come. Every harness of test_evil*.py
// must find what is wrong with it. Prints a JSON line a device, like `stage3 --json`.

#include <curl/curl.h>

#include <cstddef>
#include <cstdio>
#include <exception>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <rapidjson/document.h>

#include "../../shelly/shelly.hpp"
#include "../command_line/command_line.hpp"

namespace {

const char* const kRequests[] = {shelly::kInfo, shelly::kSetName, shelly::kCheck, shelly::kUpdate};

struct Device {
  std::string mac;
  std::string address;
  std::size_t step = 0;
  std::string body = {};
  CURL* easy = nullptr;
};

class Run {
 public:
  Run(const std::string& password, long timeout)
      : multi_(curl_multi_init()), login_("admin:" + password), timeout_(timeout) {}

  void add(Device& device) {
    device.easy = curl_easy_init();
    CURL* const easy = device.easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, &device);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Run::on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &device.body);
    curl_easy_setopt(easy, CURLOPT_USERPWD, login_.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_ANY);
    curl_easy_setopt(easy, CURLOPT_UNRESTRICTED_AUTH, 1L);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "all");
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, timeout_);
    start(device);
    ++left_;
  }

  void run() {
    while (left_ > 0) {
      int running = 0;
      curl_multi_perform(multi_, &running);
      int waiting = 0;
      while (const CURLMsg* message = curl_multi_info_read(multi_, &waiting))
        if (message->msg == CURLMSG_DONE) finish(message->easy_handle, message->data.result);
      curl_multi_poll(multi_, nullptr, 0, 100, nullptr);
    }
  }

 private:
  void start(Device& device) {
    device.body.clear();
    const std::string url = "http://" + device.address + kRequests[device.step];
    curl_easy_setopt(device.easy, CURLOPT_URL, url.c_str());
    curl_multi_add_handle(multi_, device.easy);
  }

  void finish(CURL* easy, CURLcode code) {
    char* owner = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &owner);
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_multi_remove_handle(multi_, easy);
    Device& device = *reinterpret_cast<Device*>(owner);
    if (code != CURLE_OK)
      return tell(device, status == 0 ? "offline" : "failed", curl_easy_strerror(code));
    rapidjson::Document answer;
    answer.Parse(device.body.c_str());
    if (answer.HasParseError()) return tell(device, "failed", "no JSON");
    const bool is_identity = device.step == 0;
    if (is_identity &&
        (!answer.IsObject() || !answer.HasMember("mac") || answer["mac"] != device.mac.c_str()))
      return tell(device, "failed", "another device");
    if (++device.step < std::size(kRequests)) return start(device);
    tell(device, "ok", "");
  }

  void tell(Device& device, const char* outcome, const char* error) {
    curl_easy_cleanup(device.easy);
    --left_;
    std::printf(R"({"type":"device","mac":"%s","outcome":"%s","errors":[{"text":"%s"}]})"
                "\n",
                device.mac.c_str(), outcome, error);
    std::fflush(stdout);
  }

  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* body) {
    static_cast<std::string*>(body)->append(data, size * count);
    return size * count;
  }

  CURLM* multi_;
  std::string login_;
  long timeout_;
  std::size_t left_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  torture::CommandLine line("Provisions devices without a thought");
  std::vector<std::string> words;
  std::string password;
  long timeout = 10;
  line.argument("MAC=ADDRESS", words);
  line.option("--password", password);
  line.option("--timeout", timeout, "seconds without a byte");
  if (const auto status = line.parse(argc, argv)) return *status;
  curl_global_init(CURL_GLOBAL_DEFAULT);
  std::vector<Device> devices;
  devices.reserve(words.size());
  Run run(password, timeout);
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    devices.push_back({word.substr(0, equals), word.substr(equals + 1)});
    run.add(devices.back());
  }
  run.run();
}
