// A verb takes only the step that reads what comes of it: a wrong pair does not compile.

#include <doctest/doctest.h>

#include <type_traits>

#include "probe/exchange.hpp"

using namespace stage3;
using probe::Step;

namespace {

struct Owner : probe::StepOwner {
  Action replied(const Reply& reply) { return Wait{Duration(reply.status)}; }
  Action waited(const Waited&) { return Done{}; }
};

using ReadsReply = Action (Owner::*)(const Reply&);
using ReadsWaited = Action (Owner::*)(const Waited&);

static_assert(std::is_constructible_v<Step<Reply>, Owner*, ReadsReply>);
static_assert(std::is_constructible_v<Step<Waited>, Owner*, ReadsWaited>);
static_assert(!std::is_constructible_v<Step<Reply>, Owner*, ReadsWaited>);
static_assert(!std::is_constructible_v<Step<Waited>, Owner*, ReadsReply>);
static_assert(!std::is_convertible_v<Step<Reply>, Step<Waited>>);

template <class Next, class = void>
struct CanWaitFor : std::false_type {};
template <class Next>
struct CanWaitFor<Next, std::void_t<decltype(std::declval<probe::Exchange&>().wait(
                            Duration(), std::declval<Next>()))>> : std::true_type {};
static_assert(CanWaitFor<Step<Waited>>::value);
static_assert(!CanWaitFor<Step<Reply>>::value);

}  // namespace

TEST_CASE("a step calls its owner, and knows which one it is") {
  Owner owner;
  const Step<Reply> step(&owner, &Owner::replied);
  Reply reply;
  reply.status = 7;
  CHECK(std::get<Wait>(step(reply)).time == Duration(7));
  CHECK(step.is(&Owner::replied));
  CHECK_FALSE(Step<Reply>().is(&Owner::replied));
}
