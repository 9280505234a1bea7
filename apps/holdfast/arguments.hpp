// The command line, parsed into plain values. The one place that knows CLI11.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace holdfast::app {

/// Options before or behind any command. Paths are as typed; "-" stands for standard input or output.
struct GlobalArguments {
  std::string dir;
  bool json = false;
  bool quiet = false;
  std::string unlock_passphrase_file;
  std::optional<int> unlock_passphrase_fd;
};

struct FingerprintArguments {
  std::string credfile;
  std::string sysroot = "/";
  bool show_values = false;
};

struct InitArguments {
  std::string credfile;
  std::string sysroot = "/";
  std::optional<unsigned> quorum;
  std::vector<std::string> require;
  std::string passphrase_file;
  std::string recovery_out;
  bool no_recovery = false;
  bool accept_low_entropy = false;
};

struct StatusArguments {};
struct EventsArguments {};

struct SealArguments {
  std::string in = "-";
  std::string out = "-";
  std::string passphrase_file;
  std::string name;
  std::string expires;
  std::string suite = "aes-256-gcm";
};

struct UnsealArguments {
  std::string in = "-";
  std::string out = "-";
  std::string passphrase_file;
  std::optional<std::string> name;
  std::string recovery_file;
};

struct KeyCreateArguments {
  std::string name;
  std::string algorithm;
  std::string origin;
  std::vector<std::string> uses;
};

struct KeyListArguments {};

struct KeyShowArguments {
  std::string name;
};

struct KeyPublicArguments {
  std::string name;
  std::string out = "-";
};

/// What signing and verifying have in common.
struct SchemeArguments {
  std::string in = "-";
  std::string hash;
  bool digest = false;
  std::string rsa_scheme;
  std::string context;
};

struct SignArguments {
  SchemeArguments scheme;
  std::string key;
  std::string out = "-";
  bool deterministic = false;
};

struct VerifyArguments {
  SchemeArguments scheme;
  std::string public_key;
  std::string signature;
};

using Command = std::variant<FingerprintArguments, InitArguments, StatusArguments, EventsArguments, SealArguments,
                             UnsealArguments, KeyCreateArguments, KeyListArguments, KeyShowArguments,
                             KeyPublicArguments, SignArguments, VerifyArguments>;

/// What the person asked for; or, where only text is to be shown (help, version, a usage error), that text.
struct Invocation {
  GlobalArguments global;
  std::optional<Command> command;
  std::string text;          ///< set where `command` is not
  bool usage_error = false;  ///< `text` is a complaint
};

[[nodiscard]] Invocation parse_arguments(int argc, const char* const* argv);

}  // namespace holdfast::app
