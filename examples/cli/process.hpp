#pragma once

namespace cli {

/// To be called first of all: makes sure that descriptors 0 to 2 are open, so that no file the run
/// opens can become standard output; ignores SIGPIPE and SIGXFSZ, so that such writes fail instead
/// of killing; raises the soft descriptor limit to the hard one.
void prepare_process();

}  // namespace cli
