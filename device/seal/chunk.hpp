// The chunks of a sealed file: their heads, sizes and nonces. Pure functions, after STREAM (Hoang,
// Reyhanitabar, Rogaway, Vizár: "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance").
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/secret_bytes.hpp"
#include "crypto/aead.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace holdfast::seal {

/// Plaintext bytes of every chunk but the last.
inline constexpr std::size_t kChunkSize = 65536;
inline constexpr std::size_t kChunkHeadSize = 4;
/// What sealing adds to each chunk.
inline constexpr std::size_t kChunkOverhead = kChunkHeadSize + crypto::kAeadTagSize;
inline constexpr std::size_t kSealedChunkSize = kChunkSize + kChunkOverhead;
inline constexpr std::size_t kNoncePrefixSize = 7;
/// The nonce counts chunks in four bytes.
inline constexpr std::uint64_t kMaxChunks = std::uint64_t{1} << 32;

using NoncePrefix = std::array<std::uint8_t, kNoncePrefixSize>;
using Nonce = std::array<std::uint8_t, crypto::kAeadNonceSize>;
using ChunkHeadBytes = std::array<std::uint8_t, kChunkHeadSize>;

/// What the chunks of one file are sealed with, and of no other.
struct ChunkKeys {
  SecretBytes key;
  NoncePrefix prefix{};
};

/// Whether chunks follow.
enum class Position : std::uint8_t { middle = 0, last = 1 };

/// The four bytes before each chunk: the top bit says whether it is the last, the rest is its plaintext's size.
struct ChunkHead {
  Position position = Position::middle;
  std::size_t size = 0;

  bool operator==(const ChunkHead&) const = default;
};

/// `head.size` is at most kChunkSize.
[[nodiscard]] ChunkHeadBytes write_chunk_head(const ChunkHead& head);

/// Reads the head of chunk number `index`, counted from 0. ErrorCode::malformed for what no sealer writes: more
/// than kChunkSize bytes, a chunk before the last that is not full, an empty chunk behind another one.
[[nodiscard]] Result<ChunkHead> parse_chunk_head(const ChunkHeadBytes& bytes, std::uint64_t index,
                                                 const std::string& subject);

/// prefix || index (big-endian) || 1 for the last chunk, else 0. ErrorCode::refused from kMaxChunks on, where the
/// counter would repeat.
[[nodiscard]] Result<Nonce> chunk_nonce(const NoncePrefix& prefix, std::uint64_t index, Position position);

/// Bytes of all chunks together for a plaintext of `size` bytes.
[[nodiscard]] std::uint64_t chunks_size(std::uint64_t size);

/// "chunk 3 of …" for people, who count from 1.
[[nodiscard]] Error altered_chunk(const std::string& subject, std::uint64_t index);

}  // namespace holdfast::seal
