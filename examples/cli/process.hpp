#pragma once

#include <sys/stat.h>

#include <string>

namespace cli {

/// To be called first of all: makes sure that descriptors 0 to 2 are open, so that no file the run
/// opens can become standard output; ignores SIGPIPE and SIGXFSZ, so that such writes fail instead
/// of killing; raises the soft descriptor limit to the hard one; forgets the environment variables
/// that the TLS library would read.
void prepare_process();

/// What `path` lies in, with the slash; empty: the working directory.
std::string directory_of(const std::string& path);

/// Whether there is a file at `path`, and it is the one that `info` is about.
bool is_same_file(const struct stat& info, const std::string& path);

/// Whether both name one place, in whatever spelling: neither file need be there, but the
/// directory.
bool is_same_place(const std::string& path, const std::string& other);

/// Writes all of it and makes it last; returns an errno value, 0: nothing has failed.
int write_durably(int fd, const std::string& text);

/// Behind a message about `path`: what it is relative to, where it is relative and leads to
/// nothing.
std::string whereabouts(const std::string& path);

}  // namespace cli
