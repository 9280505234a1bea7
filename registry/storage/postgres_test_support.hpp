// A PostgreSQL server of the tests' own.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.hpp"

namespace holdfast::storage::test {

/// Listens on a socket in a folder of its own, and on nothing else. Throws where it cannot run.
class PostgresServer {
 public:
  /// One for the whole test program, stopped at its end.
  [[nodiscard]] static PostgresServer& shared();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;
  ~PostgresServer();

  /// The address of a place where there is nothing yet.
  [[nodiscard]] std::string new_database();
  /// As after a crash of the machine that it runs on: every connection is lost.
  void restart();
  void stop();
  void start();

 private:
  PostgresServer();
  // As the account that the server wants to run as, where this is root.
  static void run(const std::string& command);

  holdfast::test::TemporaryFolder folder_;
  int databases_ = 0;
};

}  // namespace holdfast::storage::test
