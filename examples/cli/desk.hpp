#pragma once

#include <exception>
#include <stage3/job.hpp>

#include "update_watch.hpp"
#include "workers.hpp"

namespace cli {

class Console;
class Display;

/// Where what the workers deliver is reported, and the state file saved. What one of these steps
/// throws holds up none of the others: it is kept and cancels the run, and what still comes is
/// dealt with all the same. Belongs to the main thread.
class Desk {
 public:
  /// All must outlive it.
  Desk(Inbox& inbox, stage3::Job& job, const UpdateWatch& updates, Display& display,
       Console& console)
      : inbox_(inbox), job_(job), updates_(updates), display_(display), console_(console) {}

  /// Deals with what comes until the workers have ended.
  void attend();

  /// Prints the counts, and why they are not what was asked for.
  void report_end();

  /// Whether anything has broken the run off.
  bool is_broken() const noexcept { return broken_ != nullptr; }

 private:
  template <class Step>
  void take(Step step);
  void pass_on(const Inbox::Mail& mail);
  std::string reason() const;

  Inbox& inbox_;
  stage3::Job& job_;
  const UpdateWatch& updates_;
  Display& display_;
  Console& console_;
  std::exception_ptr broken_;
};

}  // namespace cli
