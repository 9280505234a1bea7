#include <array>

#include "apps/common/exit_status.hpp"
#include "apps/common/terminal.hpp"
#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/ends.hpp"
#include "apps/holdfast/key_report.hpp"
#include "apps/holdfast/session.hpp"
#include "core/encoding.hpp"
#include "crypto/signature.hpp"

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

// An input of any size, read once from its beginning, with progress.
class MessageFrom {
 public:
  MessageFrom(const GlobalArguments& global, InputEnd in) : in_(std::move(in)), progress_("Reading", global.quiet) {}

  Result<std::size_t> read(MutableByteView buffer) {
    TRY_LET(const auto got, read_full(in_.descriptor(), buffer, in_.name()), "read message");
    done_ += got;
    progress_.bytes(done_, in_.size());
    return got;
  }

 private:
  InputEnd in_;
  Progress progress_;
  std::uint64_t done_ = 0;
};

Result<crypto::Verdict> verify_input(const GlobalArguments& global, const VerifyArguments& arguments,
                                     const crypto::PublicKey& key, ByteView signature) {
  TRY_LET(const auto scheme, scheme_of(arguments.scheme), "read scheme");
  TRY_LET(auto input, crypto::SignatureInput::create(key, scheme), "begin verification");
  TRY_LET(auto in, InputEnd::open(global, arguments.scheme.in), "open input");
  MessageFrom message(global, std::move(in));
  Bytes buffer(kReadSize);
  while (true) {
    TRY_LET(const auto got, message.read(buffer), "read message");
    if (got == 0) break;
    TRY(input.update(ByteView(buffer).first(got)), "take in message");
  }
  return crypto::verify(key, std::move(input), signature);
}

}  // namespace

Result<int> run(const GlobalArguments& global, const SignArguments& arguments) {
  TRY_LET(const auto selection, keys::KeySelection::parse(arguments.key), "read key name");
  // Faulty arguments before the anchor is opened, which takes its time.
  TRY_LET(const auto scheme, scheme_of(arguments.scheme), "read scheme");
  TRY_LET(auto out, OutputEnd::open(arguments.out, ordinary_mode(), Content::binary), "open output");
  TRY_LET(const auto provider, open_provider(global), "open anchor");
  TRY_LET(const auto key, provider->open_key(selection, crypto::KeyUse::sign), "open key");
  TRY_LET(auto in, InputEnd::open(global, arguments.scheme.in), "open input");
  MessageFrom message(global, std::move(in));
  const auto randomness = arguments.deterministic ? crypto::Randomness::deterministic : crypto::Randomness::hedged;
  TRY_LET(const auto signature,
          key->sign(scheme, randomness, [&](MutableByteView buffer) { return message.read(buffer); }), "sign");
  TRY(out.write(signature), "write signature");
  TRY(out.commit(), "put output in place");
  auto json = used_key(key->info());
  json["signature_bytes"] = signature.size();
  TRY(report_written(global, out, std::move(json)), "report");
  return kExitDone;
}

Result<int> run(const GlobalArguments& global, const VerifyArguments& arguments) {
  TRY_LET(const auto pem, read_file(arguments.public_key, kMaxPublicKeyFile), "read --public");
  auto parsed = crypto::PublicKey::parse(pem);
  if (!parsed.ok()) return Error(parsed.error().code(), "'" + arguments.public_key + "': " + parsed.error().message());
  TRY_LET(const auto signature, read_file(arguments.signature, kMaxSignatureFile), "read --signature");
  TRY_LET(const auto verdict, verify_input(global, arguments, *parsed, signature), "verify");
  const bool valid = verdict == crypto::Verdict::valid;
  const Json json{{"valid", valid}, {"algorithm", crypto::row_of(parsed->algorithm()).name}};
  const auto text = valid ? paint(Colour::good, "Signature is valid") : paint(Colour::bad, "Signature is NOT valid");
  TRY(print(global, json,
            global.quiet ? "" : text + " (" + std::string(crypto::row_of(parsed->algorithm()).name) + ")\n"),
      "print verdict");
  return valid ? kExitDone : kExitSignatureInvalid;
}

}  // namespace holdfast::app
