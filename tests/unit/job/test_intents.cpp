#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "job/intents.hpp"

using namespace std::chrono_literals;
using stage3::Clock;
using stage3::UpdateRecord;
using stage3::job::Intents;

namespace {

constexpr Clock::time_point kBegin{};

std::vector<std::string> keys_of(const std::list<Intents::Intent>& intents) {
  std::vector<std::string> out;
  for (const Intents::Intent& intent : intents)
    out.push_back(intent.key);
  return out;
}

}  // namespace

TEST_CASE("the first intent is saved at once, those of the next second together") {
  Intents intents;
  CHECK_FALSE(intents.is_due(kBegin + 1h));
  intents.add("a", {}, {});
  CHECK(intents.is_due(kBegin));
  CHECK(keys_of(intents.take()) == std::vector<std::string>{"a"});
  CHECK_FALSE(intents.is_due(kBegin + 1h));
  intents.note_saved(kBegin, kBegin + 10ms);
  intents.add("b", {}, {});
  intents.add("c", {}, {});
  CHECK_FALSE(intents.is_due(kBegin + 999ms));
  CHECK(intents.is_due(kBegin + 1s));
  CHECK(keys_of(intents.take()) == std::vector<std::string>{"b", "c"});
}

TEST_CASE("saving takes a tenth of the time, and no intent waits for more than ten seconds") {
  Intents intents;
  CHECK(intents.interval() == 1s);
  intents.note_saved(kBegin, kBegin + 300ms);
  CHECK(intents.interval() == 3s);
  intents.add("a", {}, {});
  CHECK_FALSE(intents.is_due(kBegin + 2999ms));
  CHECK(intents.is_due(kBegin + 3s));
  intents.note_saved(kBegin, kBegin + 60s);
  CHECK(intents.interval() == 10s);
  intents.note_saved(kBegin, kBegin);
  CHECK(intents.interval() == 1s);
}

TEST_CASE("what is put back comes first, and nothing of it is lost") {
  Intents intents;
  intents.add("a", {}, {});
  intents.add("b", {}, {});
  auto taken = intents.take();
  intents.add("c", {}, {});
  intents.put_back(taken);
  CHECK(taken.empty());
  CHECK(intents.is_due(kBegin));
  CHECK(keys_of(intents.take()) == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("after a save that failed nothing is sent any more") {
  Intents intents;
  CHECK(intents.may_be_sent());
  intents.note_saved(kBegin, kBegin);
  CHECK(intents.may_be_sent());
  intents.note_failed();
  CHECK_FALSE(intents.may_be_sent());
}

TEST_CASE("what has not left is known with what stood before it") {
  Intents intents;
  UpdateRecord before;
  before.to = "1.7.0";
  intents.add("a", before, {});
  intents.add("b", {}, {});
  intents.add("c", {}, {});
  CHECK(intents.unsent().at("a").to == "1.7.0");
  CHECK(intents.may_leave("b"));
  intents.forget("c");
  CHECK(intents.unsent().size() == 1);
}

TEST_CASE("once it is closed nothing leaves, be it an update or a name") {
  Intents intents;
  intents.add("a", {}, {});
  CHECK(intents.may_be_sent());
  intents.close();
  CHECK_FALSE(intents.may_be_sent());
  CHECK_FALSE(intents.may_leave("a"));
  CHECK_FALSE(intents.may_leave("b"));
  CHECK(intents.unsent().size() == 1);
}
