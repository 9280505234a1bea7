// The frozen files, and two implementations reading each other: this one and tests/vectors/sealed/reference.py.
#include <array>
#include <cstdlib>
#include <map>

#include "core/encoding.hpp"
#include "core/file.hpp"
#include "core/json.hpp"
#include "crypto/hash.hpp"
#include "device/seal/test_support.hpp"
#include "tests/support/temporary_folder.hpp"

namespace holdfast::seal {
namespace {

using std::filesystem::path;
using test::expect_error;
using test::pattern;
using test::test_root;

constexpr std::size_t kLimit = std::size_t{4} << 20;
// Debian's own, for which setup.sh installs the reference's libraries.
const std::string kReference = "/usr/bin/python3 -B " HOLDFAST_SOURCE_DIR "/tests/vectors/sealed/reference.py ";
const path kFrozen = HOLDFAST_SOURCE_DIR "/tests/vectors/sealed";

struct Expectation {
  ErrorCode code;
  std::string part_of_message;
};

/// The kinds of docs/formats/sealed-file.md.
const std::map<std::string, Expectation>& kinds() {
  static const std::map<std::string, Expectation> kKinds{
      {"not_sealed", {ErrorCode::malformed, "not a file sealed by Holdfast"}},
      {"unknown_version", {ErrorCode::malformed, "this program reads version 1"}},
      {"bad_header", {ErrorCode::malformed, "header"}},
      {"truncated", {ErrorCode::malformed, "truncated"}},
      {"another_device", {ErrorCode::does_not_open, "sealed by anchor"}},
      {"unknown_epoch", {ErrorCode::does_not_open, "root epoch"}},
      {"header_altered", {ErrorCode::malformed, "the header was altered"}},
      {"passphrase_missing", {ErrorCode::usage, "a passphrase is needed"}},
      {"passphrase_unneeded", {ErrorCode::usage, "without a passphrase"}},
      {"wrong_passphrase", {ErrorCode::wrong_passphrase, "wrong passphrase"}},
      {"expired", {ErrorCode::refused, "expired on"}},
      {"name_mismatch", {ErrorCode::refused, "was asked for"}},
      {"chunk_altered", {ErrorCode::malformed, "was altered"}},
      {"trailing_bytes", {ErrorCode::malformed, "bytes follow the last chunk"}},
  };
  return kKinds;
}

Timestamp vector_now;

Result<Bytes> unseal_vector(const Json& vector, ByteView sealed) {
  anchor::Root root(anchor::AnchorId::parse(vector["anchor"].get<std::string>()).value(), {vector["epoch"]},
                    SecretBytes::copy_of(parse_hex(vector["root"].get<std::string>()).value()));
  UnsealOptions options;
  if (vector.contains("passphrase")) options.passphrase = test::passphrase_source(vector["passphrase"]);
  if (vector.contains("name")) options.name = vector["name"];
  if (vector.contains("now")) {
    vector_now = parse_rfc3339(vector["now"].get<std::string>()).value();
    options.clock = [] { return vector_now; };
  }
  return unseal_bytes(anchor::Roots(std::move(root)), options, sealed);
}

void check_vector(const path& json_file) {
  SCOPED_TRACE(json_file.filename());
  const auto text = read_file(json_file, kLimit).value();
  const auto vector = parse_json(as_text(text), json_file.string()).value();
  const auto sealed = read_file(path(json_file).replace_extension(".sealed"), kLimit).value();
  const auto opened = unseal_vector(vector, sealed);
  if (vector.contains("error")) {
    const auto& [code, part] = kinds().at(vector["error"]);
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
int check_vectors(const path& folder) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    check_vector(entry.path());
    ++count;
  }
  return count;
}

void write_vector(const path& folder, const std::string& name, const SealOptions& options, std::size_t size,
                  Json members = Json::object()) {
  const auto plaintext = pattern(size);
  const auto root = test_root(2);
  const auto sealed = seal_bytes(root, options, plaintext);
  ASSERT_TRUE(sealed.ok()) << sealed.error().describe();
  members["root"] = to_hex(root.secret().expose(SecretAccess{}));
  members["anchor"] = root.anchor().hex();
  members["epoch"] = root.epoch().number;
  members["plaintext_size"] = size;
  members["plaintext_sha256"] = to_hex(crypto::hash(crypto::HashAlgorithm::sha256, {plaintext}).value());
  const std::string text = members.dump(2) + "\n";
  ASSERT_TRUE(write_file_atomically(folder / (name + ".sealed"), *sealed, 0644, Replace::refused).ok());
  ASSERT_TRUE(write_file_atomically(folder / (name + ".json"), as_bytes(text), 0644, Replace::refused).ok());
}

void write_vectors(const path& folder) {
  write_vector(folder, "holdfast-empty", {}, 0);
  write_vector(folder, "holdfast-full-chunk-and-one", {}, kChunkSize + 1);
  write_vector(folder, "holdfast-chacha20-poly1305", {.suite = crypto::AeadSuite::chacha20_poly1305}, 1000);
  const auto passphrase = test::secret("Bj\xC3\xB6rk");
  const SealOptions all{.passphrase = &passphrase,
                        .name = "\"m\xC3\xB6nday\" \\ 1\xC2\x85",
                        .expires = parse_rfc3339("2030-01-02T03:04:05Z").value(),
                        .media_type = "text/plain; charset=\"utf-8\""};
  write_vector(folder, "holdfast-all-members", all, 50,
               {{"passphrase", "Bj\xC3\xB6rk"}, {"name", all.name}, {"now", "2030-01-02T03:04:04Z"}});
}

TEST(Vectors, FrozenFilesOpenForEver) { EXPECT_GE(check_vectors(kFrozen), 42); }

TEST(Vectors, FreshFilesOfTheReferenceOpenHere) {
  const holdfast::test::TemporaryFolder folder;
  ASSERT_EQ(std::system((kReference + "make " + folder.path().string()).c_str()), 0);
  EXPECT_GE(check_vectors(folder.path()), 37);
}

TEST(Vectors, FreshFilesOfThisProgramOpenInTheReference) {
  const holdfast::test::TemporaryFolder folder;
  write_vectors(folder.path());
  EXPECT_EQ(check_vectors(folder.path()), 4);
  EXPECT_EQ(std::system((kReference + "check " + folder.path().string()).c_str()), 0);
}

}  // namespace
}  // namespace holdfast::seal
