// Internal to the parsing of arguments, in the few sources that know CLI11: how commands are added to the parser.
#pragma once

#include "apps/common/command_line.hpp"
#include "apps/holdfast/arguments.hpp"

#include <optional>
#include <string>

namespace holdfast::app {

struct Description {
  std::string name;
  std::string what;
  std::string example;
};

// What stands below the help of a command.
inline std::string example_footer(const std::string& example) { return example_footer("holdfast", example); }

// Fills `command` with the arguments of the subcommand that was called.
template <typename Arguments>
CLI::App* add_command(CLI::App& parent, std::optional<Command>& command, Arguments& arguments,
                      const Description& description) {
  CLI::App* sub = parent.add_subcommand(description.name, description.what);
  sub->fallthrough();
  sub->footer(example_footer(description.example));
  sub->callback([&command, &arguments] { command = arguments; });
  return sub;
}

// Storage for every command's arguments while CLI11 fills them.
struct Storage {
  FingerprintArguments fingerprint;
  InitArguments init;
  StatusArguments status;
  EventsArguments events;
  EventsVerifyArguments events_verify;
  EventsRestartArguments events_restart;
  SealArguments seal;
  UnsealArguments unseal;
  KeyCreateArguments key_create;
  KeyListArguments key_list;
  KeyShowArguments key_show;
  KeyPublicArguments key_public;
  SignArguments sign;
  VerifyArguments verify;
  DoctorArguments doctor;
  KeyImportArguments key_import;
  KeyRotateArguments key_rotate;
  KeyEnableArguments key_enable;
  KeyDisableArguments key_disable;
  KeyDestroyArguments key_destroy;
  KeyCertificateArguments key_certificate;
  KeyCsrArguments key_csr;
  KeySelfsignArguments key_selfsign;
  EncryptArguments encrypt;
  DecryptArguments decrypt;
  DeriveArguments derive;
  MigrateArguments migrate;
  RecoveryNewArguments recovery_new;
  RecoveryTestArguments recovery_test;
  RecoveryRevokeArguments recovery_revoke;
  EscrowAddArguments escrow_add;
  EscrowListArguments escrow_list;
  EscrowExportArguments escrow_export;
  EscrowOpenShareArguments escrow_open_share;
  EscrowTestArguments escrow_test;
  EscrowRemoveArguments escrow_remove;
  PolicyArguments policy;
  RotateRootArguments rotate_root;
  EpochListArguments epoch_list;
  EpochDropArguments epoch_drop;
  ResealArguments reseal;
  PufAnalyseArguments puf_analyse;
  PufSimulateArguments puf_simulate;
  PufEnrolArguments puf_enrol;
  CompletionArguments completion;
  ManualArguments manual;
};

/// The options of `policy`, for it and for whatever makes an anchor.
std::vector<CLI::Option*> add_policy_options(CLI::App& command, PolicyArguments& policy, const std::string& purpose);

void add_key_commands(CLI::App& app, std::optional<Command>& command, Storage& storage);
void add_signature_commands(CLI::App& app, std::optional<Command>& command, Storage& storage);
void add_encryption_commands(CLI::App& app, std::optional<Command>& command, Storage& storage);
void add_change_commands(CLI::App& app, std::optional<Command>& command, Storage& storage);
void add_escrow_commands(CLI::App& app, std::optional<Command>& command, Storage& storage);
void add_puf_commands(CLI::App& app, std::optional<Command>& command, Storage& storage);

}  // namespace holdfast::app
