#include "shelly.hpp"

#include <algorithm>
#include <cctype>

namespace serving {

std::string id_of(const std::string& mac) {
  std::string id = "shellyplus1-" + mac;
  std::transform(id.begin(), id.end(), id.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return id;
}

std::string device_info(const std::string& mac, const std::string& name, bool auth_en,
                        const std::string& version) {
  return "{" + (name.empty() ? std::string() : "\"name\":" + name + ",") + "\"id\":\"" +
         id_of(mac) + "\",\"mac\":\"" + mac +
         "\",\"slot\":0,\"model\":\"SNSW-001X16EU\",\"gen\":2,\"fw_id\":\"20240625-123141/" +
         version + "-gbdfd9b3\",\"ver\":\"" + version +
         "\",\"app\":\"Plus1\",\"auth_domain\":null,\"auth_en\":" + (auth_en ? "true}" : "false}");
}

}  // namespace serving
