// Every answer of a device and every login challenge: any bytes are read or refused.

#include <cstdint>
#include <cstdlib>

#include "rpc/answers.hpp"
#include "rpc/challenge.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stage3::rpc;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_device_info(text);
  read_sys_config(text);
  read_offers(text);
  read_rpc_error(text);

  ChallengeJudge judge("shellyplus1-a8032abe54dc");
  judge.take(text);
  // What may be answered names our realm and the only algorithm that may be used.
  const bool names_both = text.find("shellyplus1-a8032abe54dc") != std::string_view::npos;
  if (judge.objection().empty() && !names_both) std::abort();
  return 0;
}
