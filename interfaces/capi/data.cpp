// Sealing, unsealing, and encrypting to other devices.
#include <limits>
#include <memory>

#include "core/text.hpp"
#include "crypto/receiving_key.hpp"
#include "interfaces/capi/arguments.hpp"
#include "interfaces/capi/handles.hpp"

using namespace holdfast;
using namespace holdfast::capi;

namespace {

// What a call's options refer to, kept as long as the call.
struct Sealing {
  SecretBytes passphrase;
  seal::SealOptions options;
};

Result<crypto::AeadSuite> suite_of(const char* given, const trust::Provider& provider) {
  TRY_LET(const auto name, optional_text(given, "suite"), "read suite");
  if (!name) return trust::usual_suite(provider.profile());
  if (const auto suite = crypto::find_aead_suite(*name)) return *suite;
  return Error(ErrorCode::usage, "'suite' is not one of: " + crypto::list_aead_suites());
}

Result<std::optional<Timestamp>> expiry_of(std::int64_t seconds) {
  if (seconds == 0) return std::optional<Timestamp>();
  const Timestamp moment{std::chrono::seconds(seconds)};
  if (moment > system_clock_now()) return std::optional(moment);
  return Error(ErrorCode::usage, "'expires' is past: nobody could ever unseal it");
}

Result<void> read_sealing(const holdfast_seal_options* given, const trust::Provider& provider, Sealing& sealing) {
  TRY_LET(const auto options, options_of<holdfast_seal_options>(given, HOLDFAST_SEAL_OPTIONS_INIT), "read options");
  TRY_LET(auto name, optional_text(options.name, "name"), "read name");
  sealing.options.name = name.value_or("");
  TRY_LET(sealing.options.suite, suite_of(options.suite, provider), "read suite");
  TRY_LET(sealing.options.expires, expiry_of(options.expires), "read expiry");
  if (options.passphrase != nullptr || options.passphrase_size != 0) {
    TRY_LET(sealing.passphrase, passphrase(options.passphrase, options.passphrase_size), "read passphrase");
    sealing.options.passphrase = &sealing.passphrase;
  }
  return {};
}

struct Unsealing {
  bool from_outside = false;
  std::shared_ptr<bool> wants_passphrase = std::make_shared<bool>(false);  // and there is none
  seal::UnsealOptions own;
  seal::DecryptOptions outside;
};

// The result borrows the caller's passphrase.
Result<Unsealing> read_unsealing(const holdfast_unseal_options* given) {
  TRY_LET(const auto options, options_of<holdfast_unseal_options>(given, HOLDFAST_UNSEAL_OPTIONS_INIT), "read options");
  Unsealing unsealing;
  unsealing.from_outside = options.from_outside != 0;
  TRY_LET(unsealing.own.name, optional_text(options.name, "name"), "read name");
  unsealing.outside.name = unsealing.own.name;
  TRY_LET(unsealing.outside.key, optional_text(options.key, "key"), "read key name");
  const bool has_passphrase = options.passphrase != nullptr || options.passphrase_size != 0;
  if (has_passphrase && unsealing.from_outside) {
    return Error(ErrorCode::usage, "what comes from outside has no passphrase; leave 'passphrase' out");
  }
  if (unsealing.outside.key && !unsealing.from_outside) {
    return Error(ErrorCode::usage, "'key' is for what comes from outside; set 'from_outside', or leave it out");
  }
  if (has_passphrase) {
    unsealing.own.passphrase = [options] { return passphrase(options.passphrase, options.passphrase_size); };
    return unsealing;
  }
  unsealing.own.unneeded_passphrase = seal::UnneededPassphrase::ignored;
  unsealing.own.passphrase = [wanted = unsealing.wants_passphrase]() -> Result<SecretBytes> {
    *wanted = true;
    return Error(ErrorCode::usage, "this was sealed with a passphrase, and none was given");
  };
  return unsealing;
}

template <typename T>
Outcome settle(const Owner* owner, const Unsealing& unsealing, const Result<T>& unsealed) {
  if (unsealed.ok()) return HOLDFAST_OK;
  const auto& error = unsealed.error();
  if (error.code() == ErrorCode::does_not_open && unsealing.outside.key) {
    return Error(error.code(), "this was encrypted to another key than '" + printable(*unsealing.outside.key) +
                                   "', which 'key' names; leave it out to try all that this device has");
  }
  if (*unsealing.wants_passphrase) return fail(owner, HOLDFAST_PASSPHRASE_NEEDED, error.message().c_str());
  return error;
}

// A key that is not there would look as if the data were for another one.
Result<void> check_key_name(const trust::Provider& provider, const Unsealing& unsealing) {
  if (!unsealing.outside.key) return {};
  TRY_LET(const auto selection, keys::KeySelection::parse(*unsealing.outside.key), "read key name");
  TRY(provider.find_key(selection), "find key");
  return {};
}

Result<seal::Ends> ends_of(int in, int out, const DeviceState& state, const char* what) {
  if (in < 0 || out < 0) return Error(ErrorCode::usage, "'in' or 'out' is no open descriptor");
  return seal::Ends{in, "descriptor " + std::to_string(in), out, "descriptor " + std::to_string(out),
                    [progress = state.progress, what](std::uint64_t done) { progress->tell(what, done, 0); }};
}

Result<std::size_t> unseal_from_outside(const trust::Provider& provider, const seal::DecryptOptions& options,
                                        ByteView input, Output& output) {
  TRY_LET(auto plaintext, provider.unseal_bytes_from_outside(options, input), "unseal");
  output.put(plaintext);
  wipe(plaintext);
  return plaintext.size();
}

}  // namespace

std::size_t holdfast_sealed_size_max(std::size_t plaintext_size) {
  constexpr auto kLargest = std::numeric_limits<std::size_t>::max() / 2;
  return seal::max_sealed_size(plaintext_size < kLargest ? plaintext_size : kLargest);
}

holdfast_status holdfast_seal(holdfast_device* device, const holdfast_seal_options* options, const void* plaintext,
                              std::size_t plaintext_size, void* out, std::size_t* out_size) {
  return at_edge(owner_of(device), [&]() -> Outcome {
    TRY_LET(auto output, Output::create(out, out_size), "check output");
    TRY_LET(const auto provider, provider_of(device), "check device");
    TRY_LET(const auto input, bytes(plaintext, plaintext_size, "plaintext"), "check input");
    Sealing sealing;
    TRY(read_sealing(options, *provider, sealing), "read options");
    if (!output.has_room_for(seal::max_sealed_size(input.size()))) return Output::too_small(owner_of(device));
    TRY_LET(const auto size, provider->seal_into(sealing.options, input, output.room()), "seal");
    output.written(size);
    return HOLDFAST_OK;
  });
}

holdfast_status holdfast_unseal(holdfast_device* device, const holdfast_unseal_options* options, const void* sealed,
                                std::size_t sealed_size, void* out, std::size_t* out_size) {
  return at_edge(owner_of(device), [&]() -> Outcome {
    TRY_LET(auto output, Output::create(out, out_size), "check output");
    TRY_LET(const auto provider, provider_of(device), "check device");
    TRY_LET(const auto input, bytes(sealed, sealed_size, "sealed"), "check input");
    TRY_LET(const auto unsealing, read_unsealing(options), "read options");
    if (!output.has_room_for(input.size())) return Output::too_small(owner_of(device));
    TRY(check_key_name(*provider, unsealing), "check key");
    const auto size = unsealing.from_outside ? unseal_from_outside(*provider, unsealing.outside, input, output)
                                             : provider->unseal_into(unsealing.own, input, output.room());
    if (size.ok()) output.written(*size);
    return settle(owner_of(device), unsealing, size);
  });
}

holdfast_status holdfast_seal_fd(holdfast_device* device, const holdfast_seal_options* options, int in, int out,
                                 std::uint64_t* plaintext_size) {
  return at_edge(owner_of(device), [&]() -> Outcome {
    TRY_LET(const auto provider, provider_of(device), "check device");
    Sealing sealing;
    TRY(read_sealing(options, *provider, sealing), "read options");
    TRY_LET(const auto ends, ends_of(in, out, *device->state, "sealing"), "check descriptors");
    TRY_LET(const auto stats, provider->seal(sealing.options, ends), "seal");
    if (plaintext_size != nullptr) *plaintext_size = stats.plaintext_bytes;
    return HOLDFAST_OK;
  });
}

holdfast_status holdfast_unseal_fd(holdfast_device* device, const holdfast_unseal_options* options, int in, int out,
                                   std::uint64_t* plaintext_size) {
  return at_edge(owner_of(device), [&]() -> Outcome {
    TRY_LET(const auto provider, provider_of(device), "check device");
    TRY_LET(const auto unsealing, read_unsealing(options), "read options");
    TRY_LET(const auto ends, ends_of(in, out, *device->state, "unsealing"), "check descriptors");
    TRY(check_key_name(*provider, unsealing), "check key");
    const auto stats = unsealing.from_outside ? provider->unseal_from_outside(unsealing.outside, ends)
                                              : provider->unseal(unsealing.own, ends);
    if (stats.ok() && plaintext_size != nullptr) *plaintext_size = stats->plaintext_bytes;
    return settle(owner_of(device), unsealing, stats);
  });
}

holdfast_status holdfast_encrypt_to(holdfast_device* device, const void* public_key, std::size_t public_key_size,
                                    const char* name, const void* plaintext, std::size_t plaintext_size, void* out,
                                    std::size_t* out_size) {
  return at_edge(owner_of(device), [&]() -> Outcome {
    TRY_LET(auto output, Output::create(out, out_size), "check output");
    TRY(state_of(device), "check device");
    TRY_LET(const auto pem, bytes(public_key, public_key_size, "public_key"), "check public key");
    TRY_LET(const auto to, crypto::ReceivingPublicKey::parse(pem), "read public key");
    TRY_LET(const auto bound, optional_text(name, "name"), "read name");
    TRY_LET(const auto input, bytes(plaintext, plaintext_size, "plaintext"), "check input");
    if (!output.has_room_for(seal::max_sealed_size(input.size()))) return Output::too_small(owner_of(device));
    TRY_LET(const auto encrypted, seal::encrypt_bytes(to, {.name = bound.value_or("")}, input), "encrypt");
    output.put(encrypted);
    return HOLDFAST_OK;
  });
}
