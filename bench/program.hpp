// The registry's own program as a process: commands, and a server to which devices come over EST.
#pragma once

#include "bench/support.hpp"
#include "crypto/key_pair.hpp"
#include "registry/domain/grant_commands.hpp"

#include <sys/types.h>

#include <span>
#include <string>
#include <vector>

namespace holdfast::bench {

/// Seconds from the start to the end of the command, which must succeed. Its output goes nowhere.
[[nodiscard]] double run_seconds(const std::vector<std::string>& command);

/// `holdfast-registry serve` over a data folder, until it goes.
class Server {
 public:
  /// Returns once it serves.
  Server(const std::string& program, const std::string& data);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// Until it said that it serves.
  [[nodiscard]] double seconds_to_start() const { return seconds_to_start_; }

 private:
  pid_t process_ = 0;
  std::uint16_t port_ = 0;
  double seconds_to_start_ = 0;
};

/// Enrols a device under each of the grants: requests with proof of possession over TLS 1.3, on 32 connections that
/// stay open, with clients that share the machine. Requests are made beforehand, certificates not looked at.
[[nodiscard]] double est_enrolments_per_second(std::uint16_t port, const std::vector<domain::IssuedGrant>& grants);

}  // namespace holdfast::bench
