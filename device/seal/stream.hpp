// Sealing and unsealing from one descriptor to another, of any size, in constant memory.
#pragma once

#include "core/result.hpp"
#include "device/seal/sealer.hpp"
#include "device/seal/unsealer.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace holdfast::seal {

/// Told now and then, and at the end, how many plaintext bytes are done.
using ProgressCallback = std::function<void(std::uint64_t)>;

/// Where the bytes come from and go to: files, pipes or terminals, in blocking mode. Neither is closed.
struct Ends {
  int in = -1;
  std::string in_name;  ///< for messages
  int out = -1;
  std::string out_name;  ///< for messages
  ProgressCallback progress = nullptr;
};

struct StreamStats {
  std::uint64_t plaintext_bytes = 0;
  std::uint64_t sealed_bytes = 0;
};

/// Seals from the input's position to its end. A chunk is written as soon as the byte behind it arrives.
[[nodiscard]] Result<StreamStats> seal_stream(const anchor::Root& root, const SealOptions& options, const Ends& ends);

/// Unseals from the input's position to its end; `options.subject` is taken from ends.in_name. Only verified
/// chunks are written, the last ones when the input has ended with them. After an error what was written is a
/// beginning at best, which no caller may take for the file: write to an AtomicFile and commit on success.
[[nodiscard]] Result<StreamStats> unseal_stream(const anchor::Roots& roots, const UnsealOptions& options,
                                                const Ends& ends);

/// Says whether files may be sealed with a suite today.
using SuiteCheck = std::function<Result<void>(crypto::AeadSuite)>;

/// Seals anew, under the newest root, what unseal_stream would open. Suite, passphrase, name, expiry and media type are
/// those of the header that was verified. The plaintext is in this process's memory only, a few chunks at a time. After
/// an error what was written is no file. `check`, which may be empty, is asked before anything is written.
[[nodiscard]] Result<StreamStats> reseal_stream(const anchor::Roots& roots, const UnsealOptions& options,
                                                const SuiteCheck& check, const Ends& ends);

}  // namespace holdfast::seal
