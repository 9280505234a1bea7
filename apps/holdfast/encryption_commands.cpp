// Encrypting, decrypting, and agreeing on secrets.
#include "apps/common/exit_status.hpp"
#include "apps/common/terminal.hpp"
#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/ends.hpp"
#include "apps/holdfast/key_report.hpp"
#include "apps/holdfast/session.hpp"
#include "core/encoding.hpp"
#include "crypto/data_key.hpp"
#include "crypto/kdf.hpp"
#include "crypto/receiving_key.hpp"
#include "crypto/rsa_oaep.hpp"

namespace holdfast::app {
namespace {

constexpr std::size_t kMaxPublicKeyFile = std::size_t{64} * 1024;
// Far more than fits: what does is told by the key.
constexpr std::size_t kMaxOaepInput = std::size_t{64} * 1024;
constexpr std::size_t kMaxEncryptedData = crypto::kMaxDataSize + crypto::kDataOverhead;
constexpr unsigned kUsualDerivedSize = 32;

Result<Bytes> read_hex(const std::string& option, const std::string& typed) {
  auto bytes = parse_hex(typed);
  if (!bytes.ok()) return Error(ErrorCode::usage, option + ": " + bytes.error().message());
  return bytes;
}

Result<crypto::OaepScheme> oaep_scheme(const std::string& hash, const std::string& label) {
  crypto::OaepScheme scheme;
  if (!hash.empty()) {
    const auto known = crypto::find_hash(hash);
    if (!known) return Error(ErrorCode::usage, "--hash '" + hash + "' is not one of: sha256, sha384, sha512");
    scheme.hash = *known;
  }
  TRY_LET(scheme.label, read_hex("--label", label), "read --label");
  return scheme;
}

// Options that only another kind of key knows would be ignored, and counted on.
Result<void> refuse_options(const EncryptArguments& arguments, bool oaep, bool data_key, bool file) {
  const auto refuse = [](const std::string& option, const std::string& what) {
    return Error(ErrorCode::usage, option + " is for " + what + "; leave it out");
  };
  if (!oaep && !(arguments.hash.empty() && arguments.label.empty())) {
    return refuse("--hash or --label", "RSA keys (OAEP)");
  }
  if (!data_key && !arguments.associated.empty()) return refuse("--aad", "data keys");
  if (!file && !arguments.name.empty()) return refuse("--name", "recipients with ML-KEM or hybrid keys");
  return {};
}

Result<void> put(OutputEnd& out, ByteView bytes) {
  TRY(out.write(bytes), "write output");
  return out.commit();
}

Result<int> encrypt_file_to(const GlobalArguments& global, const EncryptArguments& arguments,
                            const crypto::ReceivingPublicKey& to) {
  TRY(refuse_options(arguments, false, false, true), "check options");
  TRY_LET(const auto in, InputEnd::open(global, arguments.in), "open input");
  TRY_LET(auto out, OutputEnd::open(arguments.out, ordinary_mode(), Content::binary), "open output");
  Progress progress("Encrypting", global.quiet);
  const seal::Ends ends{in.descriptor(), in.name(), out.descriptor(), out.name(),
                        [&](std::uint64_t done) { progress.bytes(done, in.size()); }};
  TRY_LET(const auto stats, seal::encrypt_stream(to, {.name = arguments.name}, ends), "encrypt");
  TRY(out.commit(), "put output in place");
  if (!out.is_standard_output()) {
    TRY(report_written(
            global, out,
            {{"in", in.name()}, {"plaintext_bytes", stats.plaintext_bytes}, {"sealed_bytes", stats.sealed_bytes}}),
        "report");
    note(global, "Encrypted " + std::to_string(stats.plaintext_bytes) + " bytes into " + out.name() +
                     "; the device opens it with 'holdfast unseal --from-outside'");
  }
  return kExitDone;
}

Result<int> encrypt_with_rsa(const GlobalArguments& global, const EncryptArguments& arguments,
                             const crypto::PublicKey& to) {
  TRY(refuse_options(arguments, true, false, false), "check options");
  TRY_LET(const auto scheme, oaep_scheme(arguments.hash, arguments.label), "read scheme");
  TRY_LET(const auto in, InputEnd::open(global, arguments.in), "open input");
  TRY_LET(const auto plaintext, read_secret_descriptor(in.descriptor(), in.name(), kMaxOaepInput), "read input");
  TRY_LET(const auto ciphertext, crypto::oaep_encrypt(to, scheme, plaintext), "encrypt");
  TRY_LET(auto out, OutputEnd::open(arguments.out, ordinary_mode(), Content::binary), "open output");
  TRY(put(out, ciphertext), "write output");
  TRY(report_written(global, out,
                     {{"in", in.name()},
                      {"algorithm", crypto::row_of(to.algorithm()).name},
                      {"hash", crypto::name_of(scheme.hash)},
                      {"plaintext_bytes", plaintext.size()},
                      {"encrypted_bytes", ciphertext.size()}}),
      "report");
  return kExitDone;
}

Result<int> encrypt_to(const GlobalArguments& global, const EncryptArguments& arguments) {
  auto read = read_file(arguments.to, kMaxPublicKeyFile);
  if (!read.ok() && read.error().code() == ErrorCode::not_found) {
    return Error(ErrorCode::not_found, read.error().message() +
                                           "; --to takes a file with a public key, as 'holdfast key public NAME --out "
                                           "F' writes it on the device");
  }
  TRY_LET(const auto file, std::move(read), "read --to");
  const auto receiving = crypto::ReceivingPublicKey::parse(file);
  if (receiving.ok()) return encrypt_file_to(global, arguments, *receiving);
  const auto key = crypto::PublicKey::parse(file);
  if (key.ok() && crypto::row_of(key->algorithm()).family == crypto::Family::rsa) {
    return encrypt_with_rsa(global, arguments, *key);
  }
  const auto& problem = key.ok() ? receiving.error() : key.error();
  return Error(problem.code(), "'" + arguments.to + "': " + problem.message() + (key.ok() ? ", or an RSA key" : ""));
}

// Data of at most kMaxDataSize, in memory: an authenticated message opens whole or not at all.
Result<SecretBytes> read_data(const InputEnd& in, std::size_t limit) {
  auto data = read_secret_descriptor(in.descriptor(), in.name(), limit);
  if (data.ok() || data.error().code() != ErrorCode::malformed) return data;
  return Error(ErrorCode::usage, data.error().message() +
                                     ": a data key is for single messages; 'holdfast seal' takes "
                                     "files of any size");
}

Result<int> encrypt_data(const GlobalArguments& global, const EncryptArguments& arguments) {
  TRY(refuse_options(arguments, false, true, false), "check options");
  TRY_LET(const auto selection, keys::KeySelection::parse(arguments.key), "read key name");
  TRY_LET(const auto associated, read_hex("--aad", arguments.associated), "read --aad");
  TRY_LET(const auto in, InputEnd::open(global, arguments.in), "open input");
  TRY_LET(auto out, OutputEnd::open(arguments.out, ordinary_mode(), Content::binary), "open output");
  TRY_LET(const auto provider, open_provider(global), "open anchor");
  TRY_LET(const auto key, provider->open_key(selection, crypto::KeyUse::encrypt), "open key");
  TRY_LET(const auto plaintext, read_data(in, crypto::kMaxDataSize), "read input");
  TRY_LET(const auto encrypted, key->encrypt_data(associated, plaintext.expose(SecretAccess{})), "encrypt");
  TRY(put(out, encrypted), "write output");
  auto json = used_key(key->info());
  json["in"] = in.name();
  json["plaintext_bytes"] = plaintext.size();
  json["encrypted_bytes"] = encrypted.size();
  TRY(report_written(global, out, std::move(json)), "report");
  return kExitDone;
}

Result<SecretBytes> decrypt_with(const trust::Key& key, const DecryptArguments& arguments, const InputEnd& in) {
  TRY_LET(const auto input, read_data(in, kMaxEncryptedData), "read input");
  const auto bytes = input.expose(SecretAccess{});
  const bool data_key = crypto::row_of(key.info().algorithm).family == crypto::Family::aes;
  if (!data_key) {
    if (!arguments.associated.empty()) return Error(ErrorCode::usage, "--aad is for data keys; leave it out");
    TRY_LET(const auto scheme, oaep_scheme(arguments.hash, arguments.label), "read scheme");
    return key.decrypt(scheme, bytes);
  }
  if (!arguments.hash.empty() || !arguments.label.empty()) {
    return Error(ErrorCode::usage, "--hash and --label are for RSA keys (OAEP); leave them out");
  }
  TRY_LET(const auto associated, read_hex("--aad", arguments.associated), "read --aad");
  return key.decrypt_data(associated, bytes);
}

// What an older version encrypted the newest one cannot open, and neither says who could.
Result<SecretBytes> with_hint(Result<SecretBytes> plaintext, const keys::KeySelection& selection,
                              const trust::KeyInfo& key) {
  const bool older = !selection.version && key.id.version.number > 1;
  if (plaintext.ok() || plaintext.error().code() != ErrorCode::malformed || !older) return plaintext;
  return Error(ErrorCode::malformed, plaintext.error().message() + "; this was tried with " + key.id.text() +
                                         ", older versions are named as in '--key " + key.id.name.text() + "@" +
                                         std::to_string(key.id.version.number - 1) + "'");
}

// The own half of a key agreement: a key of this device, or one that lives for this call.
Result<std::unique_ptr<trust::Key>> own_key(const trust::Provider& provider, const DeriveArguments& arguments) {
  if (arguments.ephemeral.empty()) {
    TRY_LET(const auto selection, keys::KeySelection::parse(arguments.key), "read key name");
    return provider.open_key(selection, crypto::KeyUse::derive);
  }
  const auto algorithm = crypto::find_key_algorithm(arguments.ephemeral);
  if (!algorithm) {
    std::string known;
    for (const auto& name : algorithms_that(crypto::KeyUse::derive))
      known.append(known.empty() ? "" : ", ").append(name);
    return Error(ErrorCode::usage, "--ephemeral '" + arguments.ephemeral + "' is not one of: " + known);
  }
  return provider.create_ephemeral_key(*algorithm, crypto::KeyUse::derive);
}

Result<SecretBytes> shape(SecretBytes shared, const DeriveArguments& arguments) {
  if (!arguments.info) return shared;
  TRY_LET(const auto info, read_hex("--info", *arguments.info), "read --info");
  return crypto::hkdf(shared, {}, info, arguments.size.value_or(kUsualDerivedSize));
}

// An ephemeral key has no name that means anything, but a public half, which the peer needs.
Json report_on(const trust::Key& key, const DeriveArguments& arguments, std::size_t secret_bytes) {
  Json json = arguments.ephemeral.empty() ? used_key(key.info())
                                          : Json{{"algorithm", crypto::row_of(key.info().algorithm).name},
                                                 {"public_out", arguments.public_out}};
  json["secret_bytes"] = secret_bytes;
  return json;
}

}  // namespace

Result<int> run(const GlobalArguments& global, const EncryptArguments& arguments) {
  if (!arguments.to.empty()) return encrypt_to(global, arguments);
  if (!arguments.key.empty()) return encrypt_data(global, arguments);
  return Error(ErrorCode::usage, "name whom to encrypt to with --to F, or a data key of this device with --key NAME");
}

Result<int> run(const GlobalArguments& global, const DecryptArguments& arguments) {
  TRY_LET(const auto selection, keys::KeySelection::parse(arguments.key), "read key name");
  TRY_LET(const auto in, InputEnd::open(global, arguments.in), "open input");
  TRY_LET(auto out, OutputEnd::open(arguments.out, 0600, Content::text), "open output");
  TRY_LET(const auto provider, open_provider(global), "open anchor");
  TRY_LET(const auto key, provider->open_key(selection, crypto::KeyUse::decrypt), "open key");
  TRY_LET(const auto plaintext, with_hint(decrypt_with(*key, arguments, in), selection, key->info()), "decrypt");
  TRY(put(out, plaintext.expose(SecretAccess{})), "write output");
  auto json = used_key(key->info());
  json["in"] = in.name();
  json["plaintext_bytes"] = plaintext.size();
  TRY(report_written(global, out, std::move(json)), "report");
  return kExitDone;
}

Result<int> run(const GlobalArguments& global, const DeriveArguments& arguments) {
  if (arguments.key.empty() == arguments.ephemeral.empty()) {
    return Error(ErrorCode::usage, "name a key of this device with --key NAME, or --ephemeral ALG");
  }
  TRY_LET(const auto file, read_file(arguments.peer, kMaxPublicKeyFile), "read --peer");
  const auto peer = crypto::PublicKey::parse(file);
  if (!peer.ok()) return Error(peer.error().code(), "'" + arguments.peer + "': " + peer.error().message());
  TRY_LET(auto out, OutputEnd::open(arguments.out, 0600, Content::binary), "open output");
  TRY_LET(const auto provider, open_provider(global), "open anchor");
  TRY_LET(const auto key, own_key(*provider, arguments), "open key");
  TRY_LET(auto shared, key->agree(*peer), "agree");
  const crypto::ModuleScope scope(provider->profile().module);
  TRY_LET(const auto secret, shape(std::move(shared), arguments), "derive");
  if (!arguments.public_out.empty()) {
    TRY_LET(const auto pem, trust::public_pem_of(key->info()), "write public key");
    TRY_LET(auto public_out, OutputEnd::open(arguments.public_out, ordinary_mode(), Content::text),
            "open --public-out");
    TRY(put(public_out, as_bytes(pem)), "write public key");
  }
  TRY(put(out, secret.expose(SecretAccess{})), "write output");
  TRY(report_written(global, out, report_on(*key, arguments, secret.size())), "report");
  return kExitDone;
}

}  // namespace holdfast::app
