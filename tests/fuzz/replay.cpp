// Runs a fuzz program without libFuzzer: over its whole corpus, and over some thousand inputs made
// out of it. An input that breaks a promise, or the program, is kept in the file finding-PROGRAM.

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "corpus.hpp"
#include "mutator.hpp"
#include "target.hpp"

namespace {

using stage3::fuzz::Violation;

constexpr const char* kUsage =
    "usage: replay [--expect-violation] CORPUS DICTIONARY INPUTS\n"
    "  INPUTS             how many to make, beside those of the directory CORPUS\n"
    "  --expect-violation for a mutant: fails unless a promise is broken\n";

std::string current;
std::string finding;

void keep_current() noexcept {
  const int fd = open(finding.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0 || write(fd, current.data(), current.size()) < 0) return;
  close(fd);
}

/// Also of what a sanitizer has found: it ends in SIGABRT. And of what hangs: meson sends SIGTERM.
void keep_and_die(int signal) {
  keep_current();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void run(const std::string& input) {
  current = input;
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(current.data()), current.size());
}

struct Plan {
  bool expects_violation = false;
  std::string corpus;
  std::string dictionary;
  unsigned long inputs = 0;
};

/// Returns what was broken; nullopt: nothing.
std::optional<std::string> run_all(const Plan& plan) {
  const std::vector<std::string> corpus = stage3::fuzz::read_corpus(plan.corpus);
  stage3::fuzz::Mutator mutator(corpus, stage3::fuzz::read_dictionary(plan.dictionary));
  unsigned long count = 0;
  std::optional<std::string> broken;
  try {
    for (; count < corpus.size(); ++count)
      run(corpus[count]);
    for (; count < corpus.size() + plan.inputs; ++count)
      run(mutator.next());
  } catch (const Violation& violation) {
    broken = violation.what();
  }
  std::printf("%lu inputs, %zu of them from the corpus\n", count, corpus.size());
  return broken;
}

int replay(const Plan& plan) {
  const std::optional<std::string> broken = run_all(plan);
  if (broken && !plan.expects_violation) keep_current();
  if (broken) {
    std::printf("broken: %s\nby this input%s:\n%s\n", broken->c_str(),
                plan.expects_violation ? "" : (", kept in " + finding).c_str(), current.c_str());
  }
  if (plan.expects_violation && !broken) std::printf("the mutant was not noticed\n");
  return broken.has_value() == plan.expects_violation ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Plan plan;
  int first = 1;
  if (argc > 1 && std::string_view(argv[1]) == "--expect-violation") {
    plan.expects_violation = true;
    first = 2;
  }
  if (argc != first + 3) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  finding = "finding-" + std::string(basename(argv[0]));
  plan.corpus = argv[first];
  plan.dictionary = argv[first + 1];
  plan.inputs = std::strtoul(argv[first + 2], nullptr, 10);
  for (const int signal : {SIGABRT, SIGTERM})
    std::signal(signal, keep_and_die);
  try {
    return replay(plan);
  } catch (const stage3::fuzz::CorpusError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
