// What the tests of frozen files share, whatever their format: the vectors of a folder, and how to judge one.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "core/encoding.hpp"
#include "core/file.hpp"
#include "core/json.hpp"
#include "crypto/hash.hpp"
#include "device/seal/test_support.hpp"

namespace holdfast::seal::test {

struct Expectation {
  ErrorCode code;
  std::string part_of_message;
};

/// One format's vectors: NAME.json states what comes of NAME`extension`.
struct VectorFormat {
  std::string extension;
  /// The kinds of errors in the format's document.
  std::map<std::string, Expectation> kinds;
  std::function<Result<Bytes>(const Json& vector, ByteView file)> open;
};

/// The command of a second implementation: Debian's own Python, for which setup.sh installs the reference's libraries.
inline std::string reference_command(const std::string& format, const std::string& verb,
                                     const std::filesystem::path& folder) {
  return "/usr/bin/python3 -B " HOLDFAST_SOURCE_DIR "/tests/vectors/" + format + "/reference.py " + verb + " " +
         folder.string();
}

inline void check_vector(const VectorFormat& format, const std::filesystem::path& json_file) {
  SCOPED_TRACE(json_file.filename());
  constexpr std::size_t kLimit = std::size_t{4} << 20;
  const auto json = read_file(json_file, kLimit).value();
  const auto vector = parse_json(as_text(json), json_file.string()).value();
  const auto file = read_file(std::filesystem::path(json_file).replace_extension(format.extension), kLimit).value();
  const auto opened = format.open(vector, file);
  if (vector.contains("error")) {
    const auto& [code, part] = format.kinds.at(vector["error"]);
    expect_error(opened, code, part);
    if (vector.contains("chunk")) expect_error(opened, code, "chunk " + vector["chunk"].dump() + " was altered");
    return;
  }
  ASSERT_TRUE(opened.ok()) << opened.error().describe();
  EXPECT_EQ(opened->size(), vector["plaintext_size"].get<std::size_t>());
  EXPECT_EQ(to_hex(crypto::hash(crypto::HashAlgorithm::sha256, {*opened}).value()),
            vector["plaintext_sha256"].get<std::string>());
}

/// Every vector in `folder`; returns how many there are.
inline int check_vectors(const VectorFormat& format, const std::filesystem::path& folder) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    check_vector(format, entry.path());
    ++count;
  }
  return count;
}

/// Writes NAME.json, which states what `plaintext` is and `members`, and the file beside it.
inline void write_vector(const VectorFormat& format, const std::filesystem::path& stem, ByteView plaintext,
                         ByteView file, Json members) {
  members["plaintext_size"] = plaintext.size();
  members["plaintext_sha256"] = to_hex(crypto::hash(crypto::HashAlgorithm::sha256, {plaintext}).value());
  const auto json = members.dump(2) + "\n";
  const auto name = stem.string();
  ASSERT_TRUE(write_file_atomically(name + format.extension, file, 0644, Replace::refused).ok());
  ASSERT_TRUE(write_file_atomically(name + ".json", as_bytes(json), 0644, Replace::refused).ok());
}

}  // namespace holdfast::seal::test
