#include <array>

#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/ends.hpp"
#include "apps/holdfast/exit_status.hpp"
#include "apps/holdfast/session.hpp"
#include "apps/holdfast/terminal.hpp"
#include "core/encoding.hpp"
#include "crypto/signature.hpp"
#include "device/keys/key_store.hpp"

namespace holdfast::app {
namespace {

constexpr std::size_t kMaxPublicKeyFile = std::size_t{64} * 1024;
constexpr std::size_t kMaxSignatureFile = std::size_t{64} * 1024;
constexpr std::size_t kReadSize = std::size_t{256} * 1024;

Result<crypto::SignatureScheme> scheme_of(const SchemeArguments& arguments) {
  crypto::SignatureScheme scheme;
  if (!arguments.hash.empty()) {
    scheme.hash = crypto::find_hash(arguments.hash);
    if (!scheme.hash)
      return Error(ErrorCode::usage, "--hash '" + arguments.hash + "' is not one of: sha256, sha384, sha512");
  }
  if (arguments.rsa_scheme == "pkcs1") scheme.rsa = crypto::RsaScheme::pkcs1;
  if (arguments.rsa_scheme == "pss") scheme.rsa = crypto::RsaScheme::pss;
  if (!arguments.rsa_scheme.empty() && !scheme.rsa) {
    return Error(ErrorCode::usage, "--scheme '" + arguments.rsa_scheme + "' is not one of: pkcs1, pss");
  }
  if (arguments.digest) scheme.input = crypto::InputKind::digest;
  auto context = parse_hex(arguments.context);
  if (!context.ok()) return Error(ErrorCode::usage, "--context: " + context.error().message());
  scheme.context = std::move(context).value();
  return scheme;
}

// Feeds a whole input, of any size, into a signature.
Result<crypto::SignatureInput> read_message(const GlobalArguments& global, const crypto::PublicKey& key,
                                            const SchemeArguments& arguments) {
  TRY_LET(const auto scheme, scheme_of(arguments), "read scheme");
  TRY_LET(auto message, crypto::SignatureInput::create(key, scheme), "begin signature");
  TRY_LET(const auto in, InputEnd::open(global, arguments.in), "open input");
  Progress progress("Reading", global.quiet);
  Bytes buffer(kReadSize);
  std::uint64_t done = 0;
  while (true) {
    TRY_LET(const auto got, read_full(in.descriptor(), buffer, in.name()), "read message");
    TRY(message.update(ByteView(buffer).first(got)), "take in message");
    done += got;
    progress.bytes(done, in.size());
    if (got < buffer.size()) return message;
  }
}

}  // namespace

Result<int> run(const GlobalArguments& global, const SignArguments& arguments) {
  TRY_LET(const auto name, keys::KeyName::parse(arguments.key), "read key name");
  // Faulty arguments before the anchor is opened, which takes its time.
  TRY_LET(const auto checked, scheme_of(arguments.scheme), "read scheme");
  TRY_LET(auto out, OutputEnd::open(arguments.out, ordinary_mode(), Content::binary), "open output");
  TRY_LET(const auto session, open_session(global), "open anchor");
  TRY_LET(const auto store, keys::KeyStore::open(session.folder, session.anchor.roots), "open key store");
  TRY_LET(const auto record, store.find({name}), "find key");
  TRY_LET(const auto material, store.load(record, keys::KeyUse::sign), "load key");
  const auto& key = std::get<crypto::PrivateKey>(material);
  TRY_LET(auto message, read_message(global, key.public_key(), arguments.scheme), "read message");
  const auto randomness = arguments.deterministic ? crypto::Randomness::deterministic : crypto::Randomness::hedged;
  TRY_LET(const auto signature, crypto::sign(key, std::move(message), randomness), "sign");
  TRY(out.write(signature), "write signature");
  TRY(out.commit(), "put output in place");
  if (!out.is_standard_output()) {
    const Json json{{"key", name.text()},
                    {"version", record.id.version.number},
                    {"algorithm", crypto::row_of(record.algorithm).name},
                    {"out", out.name()},
                    {"signature_bytes", signature.size()}};
    if (global.json) TRY(print(global, json, ""), "report");
  }
  return kExitDone;
}

Result<int> run(const GlobalArguments& global, const VerifyArguments& arguments) {
  TRY_LET(const auto pem, read_file(arguments.public_key, kMaxPublicKeyFile), "read --public");
  auto parsed = crypto::PublicKey::parse(pem);
  if (!parsed.ok()) return Error(parsed.error().code(), "'" + arguments.public_key + "': " + parsed.error().message());
  TRY_LET(const auto signature, read_file(arguments.signature, kMaxSignatureFile), "read --signature");
  TRY_LET(auto message, read_message(global, *parsed, arguments.scheme), "read message");
  TRY_LET(const auto verdict, crypto::verify(*parsed, std::move(message), signature), "verify");
  const bool valid = verdict == crypto::Verdict::valid;
  const Json json{{"valid", valid}, {"algorithm", crypto::row_of(parsed->algorithm()).name}};
  const auto text = valid ? paint(Colour::good, "Signature is valid") : paint(Colour::bad, "Signature is NOT valid");
  TRY(print(global, json,
            global.quiet ? "" : text + " (" + std::string(crypto::row_of(parsed->algorithm()).name) + ")\n"),
      "print verdict");
  return valid ? kExitDone : kExitSignatureInvalid;
}

}  // namespace holdfast::app
