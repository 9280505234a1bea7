// What people see: tables, colour on a terminal, notes, progress.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::app {

enum class Colour { plain, good, warning, bad, faint, bold };

/// `text` in that colour where standard output is a terminal and NO_COLOR is not set.
[[nodiscard]] std::string paint(Colour colour, std::string_view text);

[[nodiscard]] bool standard_output_is_terminal();
[[nodiscard]] bool standard_error_is_terminal();

/// Rows under headings, columns as wide as they need to be.
class Table {
 public:
  struct Cell {
    std::string text;
    Colour colour = Colour::plain;
  };
  explicit Table(std::vector<std::string> headings);
  void add(std::vector<Cell> row);
  [[nodiscard]] std::string render() const;

 private:
  std::vector<std::vector<Cell>> rows_;
};

/// A line of progress on standard error, where that is a terminal, from the second second on. One at a time.
class Progress {
 public:
  Progress(std::string what, bool quiet);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `total` of 0: unknown.
  void steps(std::uint64_t done, std::uint64_t total);
  void bytes(std::uint64_t done, std::uint64_t total);
  /// Something moves, and nobody knows how far.
  void pulse();

 private:
  [[nodiscard]] bool due();
  void show(const std::string& state);

  std::string what_;
  bool wanted_;
  bool shown_ = false;
  unsigned pulses_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_ = start_;
};

}  // namespace holdfast::app
