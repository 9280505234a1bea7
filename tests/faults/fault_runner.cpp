// fault_runner: runs a program and lets one of its system calls go wrong. docs/crash-safety.md tells what for.
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "tests/faults/tracer.hpp"

namespace {

using namespace holdfast::faults;
using holdfast::Json;

constexpr int kOwnFailure = 125;

constexpr std::string_view kUsage =
    "usage: fault_runner --watch PATH... [options] -- PROGRAM [ARGUMENT...]\n"
    "  --watch PATH            count from the first call that names PATH (absolute) or what is below\n"
    "  --at CALL:N             the N-th call of that name, from 1, goes wrong\n"
    "  --do ACTION             how: kill-before, kill-after, fail:ERRNO, fail-after:ERRNO, halve\n"
    "  --no-nameless-files     let O_TMPFILE fail as on file systems that do not know it\n"
    "  --calls FILE            write each counted call, as a line of JSON\n"
    "  --operations FILE       write each change below the first --watch, with its data, likewise\n"
    "  --outcome FILE          write how it went\n"
    "The exit status is the program's, or 128 and the signal that ended it, or 125 where this program itself fails.\n";

unsigned read_number(std::string_view text) {
  unsigned number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size()) {
    throw std::invalid_argument("'" + std::string(text) + "' is not a number");
  }
  return number;
}

void read_call(std::string_view text, Target& target) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) throw std::invalid_argument("--at takes CALL:N");
  target.call = text.substr(0, colon);
  target.occurrence = read_number(text.substr(colon + 1));
}

void read_action(std::string_view text, Target& target) {
  const auto colon = text.find(':');
  const auto name = text.substr(0, colon);
  if (colon != std::string_view::npos) target.error_number = static_cast<int>(read_number(text.substr(colon + 1)));
  const bool has_error = target.error_number > 0;
  if (name == "kill-before" && !has_error) {
    target.action = Action::kill_before;
  } else if (name == "kill-after" && !has_error) {
    target.action = Action::kill_after;
  } else if (name == "fail" && has_error) {
    target.action = Action::fail;
  } else if (name == "fail-after" && has_error) {
    target.action = Action::fail_after;
  } else if (name == "halve" && !has_error) {
    target.action = Action::halve;
  } else {
    throw std::invalid_argument("'" + std::string(text) + "' is no action");
  }
}

struct Arguments {
  TraceOptions options;
  std::optional<std::filesystem::path> outcome;
};

Arguments read_arguments(std::span<char*> words) {
  Arguments arguments;
  auto& options = arguments.options;
  Target target;
  bool has_action = false;
  std::size_t at = 1;
  const auto value = [&] {
    if (++at >= words.size()) throw std::invalid_argument("an option lacks its value");
    return std::string(words[at]);
  };
  for (; at < words.size() && std::string_view(words[at]) != "--"; ++at) {
    const std::string_view word = words[at];
    if (word == "--watch") {
      options.watched.emplace_back(value());
    } else if (word == "--at") {
      read_call(value(), target);
    } else if (word == "--do") {
      read_action(value(), target);
      has_action = true;
    } else if (word == "--no-nameless-files") {
      options.nameless_files = NamelessFiles::refused;
    } else if (word == "--calls") {
      options.call_log = value();
    } else if (word == "--operations") {
      options.operation_log = value();
    } else if (word == "--outcome") {
      arguments.outcome = value();
    } else {
      throw std::invalid_argument("'" + std::string(word) + "' is no option");
    }
  }
  for (++at; at < words.size(); ++at) options.command.emplace_back(words[at]);
  if (options.command.empty()) throw std::invalid_argument("there is no program to run");
  if (options.watched.empty()) throw std::invalid_argument("there is nothing to watch");
  if (target.call.empty() == has_action) throw std::invalid_argument("--at and --do belong together");
  if (has_action) options.target = target;
  return arguments;
}

void write_outcome(const std::filesystem::path& file, const Outcome& outcome) {
  const Json json{{"calls", outcome.calls},
                  {"reached", outcome.reached},
                  {"status", outcome.exit_status ? Json(*outcome.exit_status) : Json()},
                  {"signal", outcome.signal ? Json(*outcome.signal) : Json()}};
  std::ofstream out(file);
  out << json.dump() << '\n';
  out.close();
  if (!out) throw std::runtime_error("cannot write '" + file.string() + "'");
}

int run(std::span<char*> words) {
  Arguments arguments;
  try {
    arguments = read_arguments(words);
  } catch (const std::invalid_argument& problem) {
    (void)std::fprintf(stderr, "fault_runner: %s\n%s", problem.what(), kUsage.data());
    return kOwnFailure;
  }
  const auto outcome = Tracer(std::move(arguments.options)).run();
  if (arguments.outcome) write_outcome(*arguments.outcome, outcome);
  return outcome.exit_status ? *outcome.exit_status : 128 + outcome.signal.value_or(0);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv, static_cast<std::size_t>(argc)});
  } catch (const std::exception& problem) {
    (void)std::fprintf(stderr, "fault_runner: %s\n", problem.what());
    return kOwnFailure;
  }
}
