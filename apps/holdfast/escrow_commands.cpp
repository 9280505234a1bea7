// Officers who together open the anchor: naming them, their shares, trying these, and doing without.
#include <sys/stat.h>

#include "apps/common/exit_status.hpp"
#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/confirmation.hpp"
#include "apps/holdfast/ends.hpp"
#include "apps/holdfast/escrow_shares.hpp"
#include "apps/holdfast/escrow_words.hpp"
#include "apps/holdfast/owner_session.hpp"
#include "apps/holdfast/passphrase.hpp"
#include "apps/holdfast/session.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "crypto/key_import.hpp"
#include "device/trust/report.hpp"

namespace holdfast::app {
namespace {

constexpr std::size_t kMaxCertificateFile = std::size_t{64} * 1024;
constexpr std::size_t kMaxKeyFile = std::size_t{64} * 1024;
constexpr std::size_t kMaxShareFile = std::size_t{64} * 1024;

Error about(const std::string& file, const Error& problem) {
  return {problem.code(), "'" + printable(file) + "': " + problem.message()};
}

Result<trust::EscrowRequest> read_request(const EscrowAddArguments& arguments) {
  trust::EscrowRequest request{.officers = {}, .threshold = arguments.threshold, .name = arguments.name};
  for (const auto& file : arguments.officers) {
    TRY_LET(const auto bytes, read_file(file, kMaxCertificateFile), "read certificate");
    auto chain = crypto::CertificateChain::parse(bytes);
    if (!chain.ok()) return about(file, chain.error());
    request.officers.push_back({file, std::move(chain).value()});
  }
  return request;
}

std::string words_for_shares(const std::vector<std::string>& files, const trust::EscrowInfo& escrow) {
  std::string text;
  for (std::size_t i = 0; i < files.size(); ++i) {
    text += "Share " + std::to_string(i + 1) + " written to " + printable(files[i], 4096) + ", for " +
            printable(escrow.officers[i].subject) + "\n";
  }
  return text;
}

// The device's escrow, without opening the device: it may be needed where nothing else opens it.
Result<trust::EscrowInfo> escrow_of(const trust::Device& device) {
  if (device.info().stateless) {
    return Error(ErrorCode::refused, "a stateless device has no anchor that officers could open");
  }
  if (!device.info().escrow) {
    return Error(ErrorCode::not_found, "this anchor has no escrow; 'holdfast escrow add' makes one");
  }
  return *device.info().escrow;
}

Result<crypto::PrivateKey> read_officer_key(const GlobalArguments& global, const EscrowOpenShareArguments& arguments) {
  crypto::KeyPassphrase passphrase;
  if (!arguments.passphrase_file.empty()) {
    passphrase = [&] { return passphrase_from_file(global, arguments.passphrase_file); };
  } else if (can_prompt()) {
    passphrase = [] { return prompt_for_passphrase("Passphrase of the key file"); };
  }
  TRY_LET(const auto file, read_secret_file(arguments.key, kMaxKeyFile), "read key");
  auto key = crypto::import_private_key(file, passphrase);
  if (key.ok()) return key;
  const std::string hint = key.error().code() == ErrorCode::usage && !passphrase ? " with --passphrase-file F" : "";
  return Error(key.error().code(), "'" + printable(arguments.key) + "': " + key.error().message() + hint);
}

// Never over another file: it may be another officer's share.
Result<void> check_vacant(const std::string& path) {
  struct stat info{};
  if (path == "-" || ::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return {};
  return Error(ErrorCode::refused,
               "'" + printable(path) + "' exists already, and may be another share; name a new file");
}

Json json_of(const trust::EscrowShare& share) {
  return {{"anchor", share.anchor.hex()}, {"name", share.name},           {"officer", share.officer},
          {"share", share.index},         {"threshold", share.threshold}, {"shares", share.count}};
}

}  // namespace

Result<int> run(const GlobalArguments& global, const EscrowAddArguments& arguments) {
  TRY_LET(const auto request, read_request(arguments), "read officers");
  TRY_LET(auto anchor, OwnerSession::open(global), "open anchor");
  const auto before = anchor->info().epoch;
  ShareFolder shares(arguments.out);
  TRY(shares.prepare(request.officers.size()), "prepare folder");
  anchor.show("Wrapping the root");
  const auto replace = arguments.replace ? trust::ReplaceEscrow::allowed : trust::ReplaceEscrow::refused;
  TRY(anchor->renew_escrow(request, replace, shares.delivery()), "make escrow");
  const auto now = anchor->info();
  std::string text = words_for_shares(shares.written(), *now.escrow);
  text +=
      "Opens with " + words_for(*now.escrow) + ". Send each share to its officer, and try them: holdfast escrow test\n";
  if (now.epoch != before) {
    text += "The officers before them open nothing that is made from now on: the root is drawn anew (epoch " +
            std::to_string(now.epoch) + ").\n" + kMoveToNewRoot;
  }
  TRY(print(global,
            {{"escrow", trust::report_on(now.escrow)},
             {"files", shares.written()},
             {"rotated_root", now.epoch != before},
             {"generation", now.generation},
             {"epoch", now.epoch}},
            global.quiet ? "" : text),
      "report");
  return kExitDone;
}

Result<int> run(const GlobalArguments& global, const EscrowListArguments&) {
  TRY_LET(const auto device, find_device(global), "find device");
  TRY_LET(const auto escrow, escrow_of(*device), "find escrow");
  TRY_LET(const auto events, device->load_events(), "read event log");
  const auto history = trust::escrow_history(events);
  auto json = trust::report_on(std::optional(escrow));
  json["tested"] = history.tested ? Json(format_rfc3339(*history.tested)) : Json();
  TRY(print(global, json, table_of(escrow, history, system_clock_now())), "print escrow");
  return kExitDone;
}

Result<int> run(const GlobalArguments& global, const EscrowExportArguments& arguments) {
  TRY_LET(const auto device, find_device(global), "find device");
  TRY_LET(const auto escrow, escrow_of(*device), "find escrow");
  ShareFolder shares(arguments.out);
  TRY(shares.prepare(escrow.officers.size()), "prepare folder");
  TRY(shares.write(escrow), "write shares");
  note(global, "the anchor was not opened, so only its file vouches for this escrow, " + escrow.id +
                   ": if the officers' shares were of another one, and nobody replaced it, that file was altered");
  TRY(print(global, {{"files", shares.written()}}, global.quiet ? "" : words_for_shares(shares.written(), escrow)),
      "report");
  return kExitDone;
}

Result<int> run(const GlobalArguments& global, const EscrowOpenShareArguments& arguments) {
  TRY(check_vacant(arguments.out), "check --out");
  TRY_LET(const auto in, InputEnd::open(global, arguments.share, arguments.passphrase_file), "open share");
  TRY_LET(const auto file, read_secret_descriptor(in.descriptor(), in.name(), kMaxShareFile), "read share");
  TRY_LET(const auto key, read_officer_key(global, arguments), "read key");
  const auto opened = trust::open_share(file.expose(SecretAccess{}), key);
  if (!opened.ok()) return about(in.name(), opened.error());
  TRY_LET(auto out, OutputEnd::open(arguments.out, 0600, Content::text), "open output");
  TRY(out.write(opened->text.expose(SecretAccess{})), "write share");
  TRY(out.commit(), "write share");
  const auto& share = opened->share;
  note(global, "share " + std::to_string(share.index) + " of " + std::to_string(share.count) + " of '" +
                   printable(share.name) + "' (anchor " + share.anchor.hex() + "), of which " +
                   std::to_string(share.threshold) +
                   " open the device; it is secret: give it to the device's owner alone");
  TRY(report_written(global, out, json_of(share)), "report");
  return kExitDone;
}

Result<int> run(const GlobalArguments& global, const EscrowTestArguments& arguments) {
  TRY_LET(const auto shares, read_opened_shares(global, arguments.shares), "read shares");
  OwnerSession::Entry entry;
  entry.shares = &shares;
  TRY_LET(auto anchor, OwnerSession::open(global, entry), "open anchor");
  TRY(anchor->note_escrow_test(), "note test");
  TRY(print(global, {{"opens", true}, {"generation", anchor->info().generation}},
            global.quiet ? "" : "These shares open this anchor. The event log has the date.\n"),
      "report");
  return kExitDone;
}

Result<int> run(const GlobalArguments& global, const EscrowRemoveArguments& arguments) {
  TRY(confirm(
          {"Without officers this anchor opens with this machine alone, or with its recovery code where it has one.",
           "Remove the escrow?"},
          arguments.yes),
      "confirm");
  TRY_LET(auto anchor, OwnerSession::open(global), "open anchor");
  anchor.show("Wrapping the root");
  TRY(anchor->remove_escrow(), "remove escrow");
  const auto now = anchor->info();
  TRY(print(global, {{"generation", now.generation}, {"epoch", now.epoch}},
            global.quiet ? ""
                         : "The escrow is removed, and the root is drawn anew (epoch " + std::to_string(now.epoch) +
                               ").\n" + kMoveToNewRoot),
      "report");
  return kExitDone;
}

}  // namespace holdfast::app
