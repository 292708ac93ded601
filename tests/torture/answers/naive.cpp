// A client as small as can be that does all right, or makes one of the mistakes that are easily
// made with libcurl: test_answers_naive.py must find each, and nothing else. Prints a JSON line a
// device, like `stage3 --json`.

#include <curl/curl.h>

#include <cstddef>
#include <cstdio>
#include <deque>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <rapidjson/document.h>

#include "../../shelly/shelly.hpp"
#include "../../sim/digest.hpp"
#include "../command_line/command_line.hpp"
#include "naive_reader.hpp"

namespace {

constexpr std::size_t kAtOnce = 512;
constexpr long kTimeoutMs = 2000;

const char* const kRequests[] = {
    shelly::kInfo,  shelly::kConfig, shelly::kSetName, shelly::kConfig,
    shelly::kCheck, shelly::kInfo,   shelly::kUpdate,
};

enum class Mistake { none, reused_handle, hasty_reader, password_in_libcurl };

struct Freed {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

struct Device {
  std::string mac;
  std::string address;
  std::size_t step = 0;
  bool asks_gen1 = false;  ///< instead of the first step
  std::unique_ptr<CURL, Freed> easy = {};
  std::unique_ptr<curl_slist, Freed> fields = {};
  std::optional<NaiveReader> reader = {};
  std::string nonce = {};
  unsigned count = 0;
  bool sends_login = false;
  bool has_renewed = false;
  bool is_refused = false;

  std::string target() const { return asks_gen1 ? "/shelly" : kRequests[step]; }
  bool is_identity() const { return shelly::asks_identity(shelly::rpc_of(target())); }
  std::string realm() const { return shelly::id_of(mac); }
};

class Run {
 public:
  Run(std::string password, Mistake mistake)
      : multi_(curl_multi_init()), password_(std::move(password)), mistake_(mistake) {}

  void add(Device& device) { waiting_.push_back(&device); }

  void run() {
    while (!waiting_.empty() || running_ > 0) {
      for (; running_ < kAtOnce && !waiting_.empty(); waiting_.pop_front(), ++running_)
        start(*waiting_.front());
      int left = 0;
      curl_multi_perform(multi_, &left);
      while (const CURLMsg* message = curl_multi_info_read(multi_, &left))
        if (message->msg == CURLMSG_DONE) finish(message->easy_handle, message->data.result);
      curl_multi_poll(multi_, nullptr, 0, 20, nullptr);
    }
    curl_multi_cleanup(multi_);
  }

 private:
  void start(Device& device) {
    if (!device.easy || mistake_ != Mistake::reused_handle) device.easy.reset(curl_easy_init());
    CURL* const easy = device.easy.get();
    device.reader.emplace(device.realm(), mistake_ == Mistake::hasty_reader);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, &device);
    curl_easy_setopt(easy, CURLOPT_URL, ("http://" + device.address + device.target()).c_str());
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Run::on_line);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &*device.reader);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Run::on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &*device.reader);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, kTimeoutMs);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    set_login(device);
    curl_multi_add_handle(multi_, easy);
  }

  void set_login(Device& device) {
    CURL* const easy = device.easy.get();
    device.sends_login = false;
    device.fields.reset();
    if (mistake_ == Mistake::password_in_libcurl && !device.is_identity()) {
      curl_easy_setopt(easy, CURLOPT_USERPWD, ("admin:" + password_).c_str());
      curl_easy_setopt(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_DIGEST));
    } else if (!device.nonce.empty() && !device.is_identity()) {
      device.sends_login = true;
      device.fields.reset(curl_slist_append(nullptr, authorization(device).c_str()));
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, device.fields.get());
  }

  std::string authorization(Device& device) const {
    char count[9];
    std::snprintf(count, sizeof count, "%08x", ++device.count);
    const std::map<std::string, std::string> fields = {
        {"realm", device.realm()}, {"nonce", device.nonce}, {"nc", count},
        {"cnonce", "naive"},       {"qop", "auth"},
    };
    return "Authorization: Digest username=\"admin\", realm=\"" + device.realm() + "\", nonce=\"" +
           device.nonce + "\", uri=\"" + device.target() + "\", cnonce=\"naive\", nc=" + count +
           ", qop=auth, algorithm=SHA-256, response=\"" +
           sim::digest_response(fields, password_, "GET", device.target()) + "\"";
  }

  void finish(CURL* easy, CURLcode code) {
    char* owner = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &owner);
    Device& device = *reinterpret_cast<Device*>(owner);
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_multi_remove_handle(multi_, easy);
    if (mistake_ == Mistake::hasty_reader && device.reader->challenge()) status = 401;
    const bool is_whole = code == CURLE_OK || mistake_ == Mistake::hasty_reader;
    if (is_whole && status == 401 && !device.is_identity() && may_log_in(device))
      return start(device);
    // Whatever has become of its body, a device has counted that login as a wrong one.
    if (device.sends_login && status == 401 && device.reader->has_whole_head()) refuse(device);
    if (code == CURLE_OK && status == 404 && device.step == 0 && !device.asks_gen1) {
      device.asks_gen1 = true;
      return start(device);
    }
    if (device.is_identity() && (code != CURLE_OK || status != 200 || !is_expected(device)))
      return tell(device, "failed");
    device.asks_gen1 = false;
    if (++device.step < std::size(kRequests)) return start(device);
    tell(device, "ok");
  }

  /// Takes the challenge, if it is one to be answered.
  bool may_log_in(Device& device) const {
    const auto& challenge = device.reader->challenge();
    if (device.sends_login) {
      const bool renews = challenge && challenge->is_stale && !device.has_renewed;
      device.has_renewed = true;
      if (!renews) device.is_refused = true;
    }
    if (!challenge || device.is_refused) {
      refuse(device);
      return false;
    }
    device.nonce = challenge->nonce;
    device.count = 0;
    return true;
  }

  static void refuse(Device& device) {
    device.is_refused = true;
    device.nonce.clear();
  }

  static bool is_expected(const Device& device) {
    rapidjson::Document answer;
    answer.Parse<rapidjson::kParseIterativeFlag>(device.reader->body().c_str());
    if (answer.HasParseError() || !answer.IsObject()) return false;
    const auto mac = answer.FindMember("mac");
    return mac != answer.MemberEnd() && mac->value == device.mac.c_str();
  }

  void tell(Device& device, const char* outcome) {
    device.easy.reset();
    device.fields.reset();
    --running_;
    std::printf(R"({"type":"device","mac":"%s","outcome":"%s","errors":[]})"
                "\n",
                device.mac.c_str(), outcome);
  }

  static std::size_t on_line(char* data, std::size_t size, std::size_t count, void* reader) {
    return static_cast<NaiveReader*>(reader)->take_line({data, size * count}) ? size * count : 0;
  }

  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* reader) {
    return static_cast<NaiveReader*>(reader)->take_body({data, size * count}) ? size * count : 0;
  }

  CURLM* multi_;
  std::string password_;
  Mistake mistake_;
  std::deque<Device*> waiting_;
  std::size_t running_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  torture::CommandLine line("Provisions devices, and makes a mistake if told so");
  std::string list;
  std::string password;
  std::string mistake = "none";
  const std::map<std::string, Mistake> mistakes = {
      {"none", Mistake::none},
      {"reused-handle", Mistake::reused_handle},
      {"hasty-reader", Mistake::hasty_reader},
      {"password-in-libcurl", Mistake::password_in_libcurl}};
  line.argument("LIST", list, "a file with `MAC ADDRESS` lines");
  line.option("--password", password);
  line.option("--mistake", mistake);
  line.version(curl_version_info(CURLVERSION_NOW)->version);
  if (const auto status = line.parse(argc, argv)) return *status;
  if (mistakes.count(mistake) == 0) {
    std::fprintf(stderr, "torture-answers-naive: there is no mistake '%s'\n", mistake.c_str());
    return 2;
  }
  curl_global_init(CURL_GLOBAL_DEFAULT);
  std::deque<Device> devices;
  Run run(password, mistakes.at(mistake));
  std::ifstream in(list);
  for (std::string mac, address; in >> mac >> address;)
    run.add(devices.emplace_back(Device{mac, address}));
  run.run();
  curl_global_cleanup();
}
