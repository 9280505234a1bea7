// The frozen files, and two implementations reading each other: this one and tests/vectors/sealed/reference.py.
#include <cstdlib>

#include "device/seal/vectors_test_support.hpp"
#include "tests/support/temporary_folder.hpp"

namespace holdfast::seal {
namespace {

using std::filesystem::path;
using test::check_vectors;
using test::pattern;
using test::reference_command;
using test::test_root;

const path kFrozen = HOLDFAST_SOURCE_DIR "/tests/vectors/sealed";

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

/// With the kinds of docs/formats/sealed-file.md.
const test::VectorFormat kFormat{".sealed",
                                 {
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
                                 },
                                 unseal_vector};

void write_vector(const path& folder, const std::string& name, const SealOptions& options, std::size_t size,
                  Json members = Json::object()) {
  const auto plaintext = pattern(size);
  const auto root = test_root(2);
  const auto sealed = seal_bytes(root, options, plaintext);
  ASSERT_TRUE(sealed.ok()) << sealed.error().describe();
  members["root"] = to_hex(root.secret().expose(SecretAccess{}));
  members["anchor"] = root.anchor().hex();
  members["epoch"] = root.epoch().number;
  test::write_vector(kFormat, folder / name, plaintext, *sealed, std::move(members));
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

TEST(Vectors, FrozenFilesOpenForEver) { EXPECT_GE(check_vectors(kFormat, kFrozen), 42); }

TEST(Vectors, FreshFilesOfTheReferenceOpenHere) {
  const holdfast::test::TemporaryFolder folder;
  ASSERT_EQ(std::system(reference_command("sealed", "make", folder.path()).c_str()), 0);
  EXPECT_GE(check_vectors(kFormat, folder.path()), 37);
}

TEST(Vectors, FreshFilesOfThisProgramOpenInTheReference) {
  const holdfast::test::TemporaryFolder folder;
  write_vectors(folder.path());
  EXPECT_EQ(check_vectors(kFormat, folder.path()), 4);
  EXPECT_EQ(std::system(reference_command("sealed", "check", folder.path()).c_str()), 0);
}

}  // namespace
}  // namespace holdfast::seal
