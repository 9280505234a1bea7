// The command line, parsed into plain values. What parses it, and apps/common/command_line, alone know CLI11.
#pragma once

#include "apps/common/command_text.hpp"
#include "apps/common/invocation.hpp"

#include <cstddef>
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
  bool accept_rollback = false;
};

struct FingerprintArguments {
  std::string credfile;
  std::string sysroot = "/";
  std::string profile;
  bool show_values = false;
};

struct PolicyArguments {
  std::string migration;
  std::optional<unsigned> most_changes;
  std::optional<unsigned> rest_days;
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
  PolicyArguments policy;
  std::optional<std::string> profile;
  bool stateless = false;
  std::string device_salt_file;
  std::string group;
  std::string puf;
};

struct StatusArguments {};
struct DoctorArguments {};
struct EventsArguments {
  bool follow = false;
};
struct EventsVerifyArguments {};

struct EventsRestartArguments {
  bool yes = false;
  std::string recovery_file;
  std::vector<std::string> escrow;
};

struct SealArguments {
  std::string in = "-";
  std::string out = "-";
  std::string passphrase_file;
  std::string name;
  std::string expires;
  std::string suite;
};

struct UnsealArguments {
  std::string in = "-";
  std::string out = "-";
  std::string passphrase_file;
  std::optional<std::string> name;
  std::string recovery_file;
  bool from_outside = false;
  std::optional<std::string> key;
};

struct KeyCreateArguments {
  std::string name;
  std::string algorithm;
  std::string origin;
  std::vector<std::string> uses;
};

struct KeyImportArguments {
  std::string name;
  std::string in = "-";
  std::string algorithm;
  std::vector<std::string> uses;
  std::string passphrase_file;
};

struct KeyListArguments {};

struct KeyShowArguments {
  std::string name;
};

struct KeyPublicArguments {
  std::string name;
  std::string out = "-";
};

struct KeyRotateArguments {
  std::string name;
};

struct KeyEnableArguments {
  std::string name;
};

struct KeyDisableArguments {
  std::string name;
};

struct KeyDestroyArguments {
  std::string name;
  bool yes = false;
};

struct KeyCertificateArguments {
  std::string name;
  std::string in;
  std::string out = "-";
};

/// Whom a certificate is about.
struct SubjectArguments {
  std::string subject;
  std::vector<std::string> alternative_names;
};

struct KeyCsrArguments {
  std::string name;
  SubjectArguments subject;
  std::string out = "-";
};

struct KeySelfsignArguments {
  std::string name;
  SubjectArguments subject;
  unsigned days = 0;
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

struct EncryptArguments {
  std::string in = "-";
  std::string out = "-";
  std::string to;
  std::string key;
  std::string hash;
  std::string label;
  std::string associated;
  std::string name;
};

struct DecryptArguments {
  std::string in = "-";
  std::string out = "-";
  std::string key;
  std::string hash;
  std::string label;
  std::string associated;
};

struct DeriveArguments {
  std::string peer;
  std::string out = "-";
  std::string key;
  std::string ephemeral;
  std::string public_out;
  std::optional<std::string> info;
  std::optional<unsigned> size;
};

struct MigrateArguments {
  bool plan = false;
  bool yes = false;
  bool by_policy = false;
  std::string recovery_file;
  std::vector<std::string> escrow;
  std::string credfile;
  std::optional<unsigned> quorum;
  std::vector<std::string> require;
  std::vector<std::string> without;
  std::string passphrase_file;
  bool no_passphrase = false;
  bool accept_low_entropy = false;
};

struct RecoveryNewArguments {
  std::string recovery_out;
};

struct RecoveryTestArguments {
  std::string recovery_file;
};

struct RecoveryRevokeArguments {
  bool yes = false;
};

struct EscrowAddArguments {
  std::vector<std::string> officers;
  unsigned threshold = 0;
  std::string out = "escrow-shares";
  std::string name;
  bool replace = false;
};

struct EscrowListArguments {};

struct EscrowExportArguments {
  std::string out = "escrow-shares";
};

struct EscrowOpenShareArguments {
  std::string share;
  std::string key;
  std::string passphrase_file;
  std::string out = "-";
};

struct EscrowTestArguments {
  std::vector<std::string> shares;
};

struct EscrowRemoveArguments {
  bool yes = false;
};

struct RotateRootArguments {
  bool yes = false;
};

struct EpochListArguments {};

struct EpochDropArguments {
  std::uint32_t epoch = 0;
  bool yes = false;
};

struct ResealArguments {
  std::vector<std::string> paths;
  bool recursive = false;
  std::string passphrase_file;
};

struct PufAnalyseArguments {
  std::vector<std::string> readouts;
  std::optional<std::size_t> readout_size;
  std::vector<std::string> others;
  double target_failure = 1e-9;
  std::string plot;
};

struct PufSimulateArguments {
  std::size_t bits = 16384;
  double bias = 0.5;
  double error_rate = 0.05;
  std::size_t readouts = 5;
  std::string out;
  std::optional<std::uint64_t> seed;
};

struct PufEnrolArguments {
  std::string role;
  std::string credfile;
  bool yes = false;
};

using Command =
    std::variant<FingerprintArguments, InitArguments, StatusArguments, DoctorArguments, EventsArguments,
                 EventsVerifyArguments, EventsRestartArguments, SealArguments, UnsealArguments, KeyCreateArguments,
                 KeyImportArguments, KeyListArguments, KeyShowArguments, KeyPublicArguments, KeyRotateArguments,
                 KeyEnableArguments, KeyDisableArguments, KeyDestroyArguments, KeyCertificateArguments, KeyCsrArguments,
                 KeySelfsignArguments, SignArguments, VerifyArguments, EncryptArguments, DecryptArguments,
                 DeriveArguments, PufAnalyseArguments, PufSimulateArguments, PufEnrolArguments, MigrateArguments,
                 RecoveryNewArguments, RecoveryTestArguments, RecoveryRevokeArguments, EscrowAddArguments,
                 EscrowListArguments, EscrowExportArguments, EscrowOpenShareArguments, EscrowTestArguments,
                 EscrowRemoveArguments, PolicyArguments, RotateRootArguments, EpochListArguments, EpochDropArguments,
                 ResealArguments, CompletionArguments, ManualArguments>;

/// What the person asked for; or, where only text is to be shown (help, version, a usage error), that text.
struct Invocation {
  GlobalArguments global;
  std::optional<Command> command;
  Told told;  ///< has a text where `command` is not set
};

[[nodiscard]] Invocation parse_arguments(int argc, const char* const* argv);

/// The whole program.
[[nodiscard]] CommandText describe_program();

}  // namespace holdfast::app
