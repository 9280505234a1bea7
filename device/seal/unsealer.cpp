#include "device/seal/unsealer.hpp"

#include "core/text.hpp"
#include "crypto/compare.hpp"
#include "device/seal/file_keys.hpp"
#include "device/seal/lines.hpp"

namespace holdfast::seal {
namespace {

std::string words_for(const anchor::AnchorId& id, anchor::RootEpoch epoch) {
  return (epoch == anchor::kStatelessEpoch ? "stateless device " : "anchor ") + id.hex();
}

Result<const anchor::Root*> find_root(const anchor::Roots& roots, const Header& header, const std::string& subject) {
  if (header.anchor != roots.anchor()) {
    return Error(ErrorCode::does_not_open, subject + ": sealed by " + words_for(header.anchor, header.epoch) +
                                               "; this is " + words_for(roots.anchor(), roots.newest().epoch()));
  }
  const auto* root = roots.find(header.epoch);
  if (root == nullptr) {
    return Error(ErrorCode::does_not_open, subject + ": sealed under root epoch " +
                                               std::to_string(header.epoch.number) +
                                               ", which this anchor does not know: it was dropped, or this is an old "
                                               "copy of the anchor");
  }
  return root;
}

Result<void> check_device_tag(const anchor::Root& root, const Preamble& preamble, const std::string& subject) {
  TRY_LET(const auto expected, compute_device_tag(root, preamble.header_line), "compute device tag");
  if (crypto::ct_equal(expected, preamble.device_tag)) return {};
  return Error(ErrorCode::malformed, subject + ": the header was altered");
}

/// The passphrase where the header wants one, else an empty secret.
Result<SecretBytes> obtain_passphrase(const Header& header, const UnsealOptions& options) {
  const bool offered = static_cast<bool>(options.passphrase);
  if (header.passphrase) {
    if (!offered) return Error(ErrorCode::usage, options.subject + ": a passphrase is needed to open this file");
    return options.passphrase();
  }
  if (offered && options.unneeded_passphrase == UnneededPassphrase::refused) {
    return Error(ErrorCode::usage, options.subject + ": sealed without a passphrase, but one was given");
  }
  return SecretBytes();
}

Error wrong_passphrase(const std::string& subject) {
  return {ErrorCode::wrong_passphrase, subject + ": wrong passphrase"};
}

Result<FileKeys> open_keys(const anchor::Root& root, const Preamble& preamble, const UnsealOptions& options) {
  const Header& header = preamble.header;
  TRY_LET(const auto passphrase, obtain_passphrase(header, options), "obtain passphrase");
  if (header.passphrase && !crypto::is_long_enough(passphrase, header.passphrase->costs))
    return wrong_passphrase(options.subject);
  TRY_LET(auto keys, derive_file_keys(root, header, preamble.header_line, header.passphrase ? &passphrase : nullptr),
          "derive keys");
  if (crypto::ct_equal(keys.tag, preamble.open_tag)) return keys;
  if (header.passphrase) return wrong_passphrase(options.subject);
  return Error(ErrorCode::malformed, options.subject + ": the header was altered (its second tag)");
}

Result<void> check_conditions(const Header& header, const UnsealOptions& options) {
  if (header.expires && options.clock() >= *header.expires) {
    return Error(ErrorCode::refused, options.subject + ": expired on " + format_rfc3339(*header.expires));
  }
  return check_name(header.name, options.name, options.subject, "sealed");
}

}  // namespace

Result<Unsealer> Unsealer::create(const anchor::Roots& roots, const UnsealOptions& options, Preamble preamble) {
  const Header& header = preamble.header;
  TRY_LET(const auto* root, find_root(roots, header, options.subject), "find root");
  TRY(check_device_tag(*root, preamble, options.subject), "check device tag");
  TRY_LET(const auto keys, open_keys(*root, preamble, options), "open keys");
  TRY(check_conditions(header, options), "check expiry and name");
  TRY_LET(auto chunks, ChunkOpener::create(header.suite, keys.chunks, options.subject), "set up cipher");
  return Unsealer(std::move(preamble), std::move(chunks));
}

}  // namespace holdfast::seal
