#pragma once

#include <string>

namespace cli {

/// To be called first of all: makes sure that descriptors 0 to 2 are open, so that no file the run
/// opens can become standard output; ignores SIGPIPE and SIGXFSZ, so that such writes fail instead
/// of killing; raises the soft descriptor limit to the hard one; forgets the environment variables
/// that the TLS library would read.
void prepare_process();

/// Behind a message about `path`: what it is relative to, where it is relative and leads to
/// nothing.
std::string whereabouts(const std::string& path);

}  // namespace cli
