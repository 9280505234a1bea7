#include "apps/common/terminal.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <format>
#include <utility>

namespace holdfast::app {
namespace {

std::string_view code_of(Colour colour) {
  switch (colour) {
    case Colour::plain: return "";
    case Colour::good: return "\x1b[32m";
    case Colour::warning: return "\x1b[33m";
    case Colour::bad: return "\x1b[31m";
    case Colour::faint: return "\x1b[2m";
    case Colour::bold: return "\x1b[1m";
  }
  std::unreachable();
}

// Code points, as an approximation of columns: the tables hold no wide characters of their own.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string readable_size(std::uint64_t bytes) {
  static constexpr std::array kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (size >= 1024 && unit + 1 < kUnits.size()) {
    size /= 1024;
    ++unit;
  }
  return unit == 0 ? std::format("{} B", bytes) : std::format("{:.1f} {}", size, kUnits[unit]);
}

std::string bar(std::uint64_t done, std::uint64_t total) {
  constexpr std::uint64_t kWidth = 24;
  const auto filled = static_cast<std::size_t>(std::min(done, total) * kWidth / total);
  return "[" + std::string(filled, '#') + std::string(kWidth - filled, '.') + "]";
}

}  // namespace

bool standard_output_is_terminal() { return ::isatty(STDOUT_FILENO) == 1; }
bool standard_error_is_terminal() { return ::isatty(STDERR_FILENO) == 1; }

std::string paint(Colour colour, std::string_view text) {
  static const bool kWanted = standard_output_is_terminal() && std::getenv("NO_COLOR") == nullptr;
  if (!kWanted || colour == Colour::plain) return std::string(text);
  return std::string(code_of(colour)) + std::string(text) + "\x1b[0m";
}

Table::Table(std::vector<std::string> headings) {
  std::vector<Cell> row;
  row.reserve(headings.size());
  for (auto& heading : headings) row.push_back({std::move(heading), Colour::bold});
  rows_.push_back(std::move(row));
}

void Table::add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }

std::string Table::render() const {
  std::vector<std::size_t> widths(rows_.front().size(), 0);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i].text));
  }
  std::string text;
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += paint(row[i].colour, row[i].text);
      if (i + 1 < row.size()) text += std::string(widths[i] - width_of(row[i].text) + 2, ' ');
    }
    while (!text.empty() && text.back() == ' ') text.pop_back();
    text += '\n';
  }
  return text;
}

Progress::Progress(std::string what, bool quiet)
    : what_(std::move(what)), wanted_(!quiet && standard_error_is_terminal()) {}

Progress::~Progress() {
  if (shown_) std::fputs("\r\x1b[K", stderr);
}

bool Progress::due() {
  if (!wanted_) return false;
  const auto now = std::chrono::steady_clock::now();
  if (now - start_ < std::chrono::seconds(1) || now - last_ < std::chrono::milliseconds(100)) return false;
  last_ = now;
  return true;
}

void Progress::show(const std::string& state) {
  shown_ = true;
  std::fputs(("\r\x1b[K" + what_ + " " + state).c_str(), stderr);
  std::fflush(stderr);
}

void Progress::steps(std::uint64_t done, std::uint64_t total) {
  if (due()) show(total == 0 ? std::to_string(done) : std::format("{} {}/{}", bar(done, total), done, total));
}

void Progress::bytes(std::uint64_t done, std::uint64_t total) {
  if (due()) show(total == 0 ? readable_size(done) : bar(done, total) + " " + readable_size(done));
}

void Progress::pulse() {
  static constexpr std::string_view kSpinner = "|/-\\";
  if (due()) show(std::string(1, kSpinner[pulses_++ % kSpinner.size()]));
}

}  // namespace holdfast::app
