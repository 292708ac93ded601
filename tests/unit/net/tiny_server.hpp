#pragma once

#include <stage3/address.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.hpp"

namespace stage3 {

/// What a client asked the server.
struct Asked {
  std::size_t host = 0;  ///< which of the server's addresses
  std::string method;
  std::string target;
  std::string head;  ///< request line and fields
  std::string body;

  /// The value of a field, "" if there is none.
  std::string field(const std::string& name) const;
};

/// What the server sends, and what it does then.
struct Sends {
  enum class Then { close, reset, hang, repeat };
  std::string bytes;
  Then then = Then::close;
  std::string repeated;  ///< sent again and again (Then::repeat), up to 64 MiB
};

/// A whole answer as a Shelly sends it; `fields` are whole lines.
Sends http(int status, const std::string& body, const std::string& fields = {});

/// An HTTP server on the loopback with a thread of its own: one answer a connection, made by the
/// test, well-formed or not. Sockets only, so that nothing in it is what it tests.
class TinyServer {
 public:
  using Answer = std::function<Sends(const Asked&)>;

  /// Listens at `hosts` addresses, 127.0.0.1 and up, on one port. `answer` runs on the server's
  /// thread.
  explicit TinyServer(Answer answer, std::size_t hosts = 1);
  ~TinyServer();
  TinyServer(const TinyServer&) = delete;
  TinyServer& operator=(const TinyServer&) = delete;

  Address address(std::size_t host = 0) const;

  /// All requests so far, in the order of their last bytes.
  std::vector<Asked> asked() const;
  /// Waits until what asked() tells of is answered: nothing of `answer` runs any more, what it has
  /// written can be read, and the first bytes of what it returned have left. Before a test looks at
  /// what its `answer` does, and before something ends that it uses.
  void settle() const;
  /// How many of them went to this target.
  std::size_t count(const std::string& target) const;
  /// How many connections were open at the same time at most.
  std::size_t most_open() const { return most_open_; }

 private:
  struct Connection {
    UniqueFd fd;
    std::size_t host = 0;
    std::string in;
    std::string out;
    Sends sends;
    std::size_t sent = 0;
    bool answered = false;
  };

  bool listen_everywhere(std::size_t hosts);
  void serve();
  void accept_from(std::size_t host);
  bool advance(Connection& connection);
  bool take_request(Connection& connection);
  bool send_some(Connection& connection);

  const Answer answer_;
  std::vector<UniqueFd> listeners_;
  std::uint16_t port_ = 0;
  UniqueFd stop_;
  std::list<Connection> connections_;
  std::atomic<std::size_t> most_open_{0};
  mutable std::mutex answering_;  ///< from before a request is in asked_ until it is answered
  mutable std::mutex mutex_;
  std::vector<Asked> asked_;
  std::thread thread_;
};

}  // namespace stage3
