// Logs in memory and their signers, for tests.
#pragma once

#include "crypto/signature.hpp"
#include "registry/audit/merkle.hpp"
#include "registry/audit/note.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace holdfast::audit::test {

template <typename T>
T must(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().describe());
  return std::move(result).value();
}

/// Somebody who signs with a key of their own.
class Signer {
 public:
  explicit Signer(const std::string& name = "registry.example.org/log")
      : key_(must(crypto::PrivateKey::generate(crypto::KeyAlgorithm::ed25519))),
        verifier_(must(NoteVerifier::create(name, key_.public_key()))) {}
  [[nodiscard]] const NoteVerifier& verifier() const { return verifier_; }
  [[nodiscard]] const crypto::PrivateKey& key() const { return key_; }
  [[nodiscard]] NoteSign sign() const {
    return [this](ByteView text) { return crypto::sign_message(key_, {}, text); };
  }

 private:
  crypto::PrivateKey key_;
  NoteVerifier verifier_;
};

/// The entry numbered so.
inline std::string entry(std::uint64_t index) { return "entry " + std::to_string(index); }
inline TreeHash leaf(std::uint64_t index) { return must(hash_leaf(as_bytes(entry(index)))); }

/// A log whose entries are entry(0), entry(1) and so on, with the hashes that it has to keep.
class MemoryLog : public HashRows {
 public:
  explicit MemoryLog(std::uint64_t size) { grow(size); }

  void grow(std::uint64_t size) {
    while (edge.size() < size) {
      for (const auto& hash : must(edge.append(leaf(edge.size())))) {
        auto& row = rows_[hash.row];
        EXPECT_EQ(row.size(), hash.index);
        row.push_back(hash.hash);
      }
    }
  }

  [[nodiscard]] Result<std::vector<TreeHash>> read(unsigned row, std::uint64_t first,
                                                   std::size_t count) const override {
    const auto found = rows_.find(row);
    if (found == rows_.end() || first + count > found->second.size()) {
      return Error(ErrorCode::malformed, "a hash was read that a log does not keep");
    }
    const auto begin = found->second.begin() + static_cast<std::ptrdiff_t>(first);
    return std::vector<TreeHash>(begin, begin + static_cast<std::ptrdiff_t>(count));
  }

  Frontier edge;

 private:
  std::map<unsigned, std::vector<TreeHash>> rows_;
};

}  // namespace holdfast::audit::test
