#include "apps/common/exit_status.hpp"
#include "apps/common/terminal.hpp"
#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/ends.hpp"
#include "apps/holdfast/key_report.hpp"
#include "apps/holdfast/passphrase.hpp"
#include "apps/holdfast/session.hpp"
#include "core/text.hpp"
#include "crypto/key_import.hpp"
#include "device/trust/report.hpp"
#include "device/trust/stateless_key_name.hpp"

namespace holdfast::app {
namespace {

constexpr std::size_t kMaxPrivateKeyFile = std::size_t{64} * 1024;

Result<crypto::KeyAlgorithm> read_algorithm(const std::string& typed) {
  if (const auto algorithm = crypto::find_key_algorithm(typed)) return *algorithm;
  return Error(ErrorCode::usage, "--alg '" + typed + "' is not one of: " + crypto::list_key_algorithms());
}

// What can be made here: imported keys are not.
Result<keys::KeyOrigin> read_origin(const std::string& typed) {
  for (const auto origin : {keys::KeyOrigin::derived, keys::KeyOrigin::random}) {
    if (typed == name_of(origin)) return origin;
  }
  const std::string hint = typed == name_of(keys::KeyOrigin::imported) ? "; 'holdfast key import' takes keys in" : "";
  return Error(ErrorCode::usage, "--origin '" + printable(typed, 64) + "' is not one of: derived, random" + hint);
}

Result<trust::KeyRequest> create_request(const KeyCreateArguments& arguments) {
  TRY_LET(auto name, keys::KeyName::parse(arguments.name), "read key name");
  TRY_LET(const auto algorithm, read_algorithm(arguments.algorithm), "read --alg");
  trust::KeyRequest request{std::move(name), algorithm};
  if (!arguments.origin.empty()) {
    TRY_LET(request.origin, read_origin(arguments.origin), "read --origin");
  }
  TRY_LET(request.uses, read_uses(arguments.uses), "read --use");
  return request;
}

// Which key, and its public facts.
Result<trust::KeyInfo> find_key(const GlobalArguments& global, const std::string& typed) {
  TRY_LET(const auto selection, keys::KeySelection::parse(typed), "read key name");
  TRY_LET(const auto provider, open_provider(global), "open anchor");
  return provider->find_key(selection);
}

Result<keys::KeyMaterial> read_data_key(const KeyImportArguments& arguments, const InputEnd& in, SecretBytes file) {
  constexpr auto kAlgorithm = crypto::KeyAlgorithm::aes_256;
  if (!arguments.passphrase_file.empty()) {
    return Error(ErrorCode::usage, "a raw data key has no passphrase; leave --passphrase-file out");
  }
  if (const auto size = crypto::row_of(kAlgorithm).derivation_size; file.size() != size) {
    return Error(ErrorCode::malformed, "'" + in.name() + "' holds " + std::to_string(file.size()) +
                                           " bytes, and an aes-256 key is imported from its " + std::to_string(size) +
                                           " raw bytes, neither PEM nor text; for a key pair leave --alg out");
  }
  return keys::material_from_stored(kAlgorithm, std::move(file));
}

// What --alg must not say. A hybrid key has no form in which other programs could give it away.
Result<void> check_importable(const std::string& typed) {
  if (typed.empty()) return {};
  TRY_LET(const auto algorithm, read_algorithm(typed), "read --alg");
  const auto& row = crypto::row_of(algorithm);
  if (row.family != crypto::Family::hybrid_kem) return {};
  return Error(ErrorCode::usage, std::string(row.name) +
                                     " keys are made on the device ('holdfast key create') and not imported; what can "
                                     "be is ml-kem-768 or ml-kem-1024, as PKCS #8");
}

// 32 raw bytes are a data key only where the person says so: any small file would do otherwise.
Result<trust::KeyImport> read_import(const GlobalArguments& global, const KeyImportArguments& arguments) {
  TRY_LET(auto name, keys::KeyName::parse(arguments.name), "read key name");
  TRY_LET(auto uses, read_uses(arguments.uses), "read --use");
  TRY(check_importable(arguments.algorithm), "check --alg");
  TRY_LET(const auto in, InputEnd::open(global, arguments.in, arguments.passphrase_file), "open input");
  TRY_LET(auto file, read_secret_descriptor(in.descriptor(), in.name(), kMaxPrivateKeyFile), "read key file");
  if (arguments.algorithm == crypto::row_of(crypto::KeyAlgorithm::aes_256).name) {
    TRY_LET(auto bytes, read_data_key(arguments, in, std::move(file)), "read data key");
    return trust::KeyImport{std::move(name), crypto::KeyAlgorithm::aes_256, std::move(uses), std::move(bytes)};
  }
  crypto::KeyPassphrase passphrase;
  if (!arguments.passphrase_file.empty()) {
    passphrase = [&] { return passphrase_from_file(global, arguments.passphrase_file); };
  } else if (can_prompt()) {
    passphrase = [] { return prompt_for_passphrase("Passphrase of the key file"); };
  }
  auto key = crypto::import_private_key(file, passphrase);
  if (!key.ok()) {
    const std::string hint = key.error().code() == ErrorCode::usage && !passphrase ? " with --passphrase-file F" : "";
    return Error(key.error().code(), "'" + in.name() + "': " + key.error().message() + hint);
  }
  const auto algorithm = key->algorithm();
  if (!arguments.algorithm.empty() && arguments.algorithm != crypto::row_of(algorithm).name) {
    return Error(ErrorCode::usage, "--alg says " + arguments.algorithm + ", and the file holds a key for " +
                                       std::string(crypto::row_of(algorithm).name));
  }
  return trust::KeyImport{std::move(name), algorithm, std::move(uses), std::move(key).value()};
}

}  // namespace

Result<int> run(const GlobalArguments& global, const KeyCreateArguments& arguments) {
  TRY_LET(auto request, create_request(arguments), "read arguments");
  TRY_LET(const auto provider, open_provider(global), "open anchor");
  Progress progress("Searching primes for " + arguments.algorithm, global.quiet);
  request.progress = [&] { progress.pulse(); };
  TRY_LET(const auto key, provider->create_key(request), "create key");
  TRY(print(global, trust::report_on(key), global.quiet ? "" : text_of(key)), "print key");
  return kExitDone;
}

Result<int> run(const GlobalArguments& global, const KeyImportArguments& arguments) {
  TRY_LET(const auto provider, open_provider(global), "open anchor");
  // The device's module decrypts and checks what it is to keep.
  const crypto::ModuleScope scope(provider->profile().module);
  TRY_LET(auto request, read_import(global, arguments), "read key");
  TRY_LET(const auto key, provider->import_key(std::move(request)), "import key");
  TRY(print(global, trust::report_on(key), global.quiet ? "" : text_of(key)), "print key");
  // The store has read the key back, opened it and compared its public half before it took the name.
  if (arguments.in != "-") {
    note(global, "the key was read back, opened, and is the one in '" + arguments.in +
                     "': that file is no longer needed here, and can be wiped ('shred -u')");
  }
  return kExitDone;
}

Result<int> run(const GlobalArguments& global, const KeyListArguments&) {
  TRY_LET(const auto provider, open_provider(global), "open anchor");
  TRY_LET(const auto keys, provider->list_keys(), "list keys");
  Table table(key_headings());
  const Error* damaged = nullptr;
  for (const auto& key : keys) {
    if (key.info.ok()) {
      table.add(row_of(*key.info));
      continue;
    }
    damaged = &key.info.error();
    table.add({{printable(key.place), Colour::bad}, {"-"}, {"-"}, {"-"}, {"-"}, {"damaged", Colour::bad}, {"-"}});
  }
  // Where keys can be stored, one that is not there can be made.
  const bool keeps_keys = provider->info().capabilities.contains(trust::Capability::random_keys);
  const auto none = keeps_keys ? "There are no keys yet; make one with 'holdfast key create NAME --alg ALG'."
                               : "This device is stateless and keeps no list: " + trust::stateless_naming_rule() + ".";
  const auto text = keys.empty() ? none + "\n" : table.render();
  TRY(print(global, trust::report_on(keys), text), "print keys");
  // The list is complete, yet a script must not take it for healthy.
  if (damaged != nullptr) return *damaged;
  return kExitDone;
}

Result<int> run(const GlobalArguments& global, const KeyShowArguments& arguments) {
  TRY_LET(const auto key, find_key(global, arguments.name), "find key");
  TRY(print(global, trust::report_on(key), text_of(key)), "print key");
  return kExitDone;
}

Result<int> run(const GlobalArguments& global, const KeyPublicArguments& arguments) {
  TRY_LET(const auto key, find_key(global, arguments.name), "find key");
  TRY_LET(const auto pem, trust::public_pem_of(key), "write public key");
  TRY_LET(auto out, OutputEnd::open(arguments.out, ordinary_mode(), Content::text), "open output");
  TRY(out.write(as_bytes(pem)), "write public key");
  TRY(out.commit(), "put output in place");
  TRY(report_written(global, out, used_key(key)), "report");
  return kExitDone;
}

}  // namespace holdfast::app
