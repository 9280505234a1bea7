#include "registry/images/image_scan.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <system_error>

#include "core/encoding.hpp"
#include "core/file.hpp"
#include "crypto/certificate.hpp"
#include "crypto/certificate_request.hpp"
#include "crypto/key_import.hpp"

namespace holdfast::images {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kDashes = "-----";
constexpr std::string_view kHoldfast = R"("public_sha256":")";
constexpr std::size_t kHexDigits = 64;
constexpr std::size_t kLongestLabel = 64;
constexpr std::size_t kLongestBlock = std::size_t{64} * 1024;
constexpr std::size_t kStep = std::size_t{4} * 1024 * 1024;
constexpr std::size_t kOverlap = 2 * kLongestBlock;  // so that whatever begins in a step ends in its window

// Takes a key that was read, whichever way.
template <typename T, typename Key>
std::optional<KeyDigest> digest_of(const Result<T>& read, Key key) {
  if (!read.ok()) return std::nullopt;
  const Result<Bytes> fingerprint = key(*read).fingerprint();
  KeyDigest digest{};
  if (!fingerprint.ok() || fingerprint->size() != digest.size()) return std::nullopt;
  std::ranges::copy(*fingerprint, digest.begin());
  return digest;
}

std::optional<FoundKey> private_key_in(ByteView bytes) {
  const auto key = crypto::import_private_key(SecretBytes::copy_of(bytes), nullptr);
  if (!key.ok() && key.error().code() == ErrorCode::usage) {
    return FoundKey{KeyKind::encrypted_private_key, std::nullopt, ""};
  }
  const auto digest = digest_of(key, [](const crypto::PrivateKey& pair) { return pair.public_key(); });
  if (!digest) return std::nullopt;
  return FoundKey{KeyKind::private_key, digest, ""};
}

std::optional<FoundKey> public_key_in(ByteView bytes) {
  auto digest = digest_of(crypto::PublicKey::parse(bytes), [](const auto& key) { return key; });
  if (!digest) {
    digest = digest_of(crypto::CertificateChain::parse(bytes), [](const auto& chain) { return chain.leaf_key(); });
  }
  if (!digest) {
    digest = digest_of(crypto::parse_certificate_request(bytes), [](const auto& request) { return request.key; });
  }
  if (!digest) return std::nullopt;
  return FoundKey{KeyKind::public_key, digest, ""};
}

// Configuration files hold PEM in one line, with its line ends spelt out.
std::string with_real_lines(std::string text) {
  for (auto at = text.find("\\r"); at != std::string::npos; at = text.find("\\r", at)) text.erase(at, 2);
  for (auto at = text.find("\\n"); at != std::string::npos; at = text.find("\\n", at)) text.replace(at, 2, "\n");
  return text;
}

std::optional<FoundKey> pem_at(std::string_view text) {
  const auto label_end = text.substr(0, kBegin.size() + kLongestLabel).find(kDashes, kBegin.size());
  if (label_end == std::string_view::npos) return std::nullopt;
  const std::string label(text.substr(kBegin.size(), label_end - kBegin.size()));
  const std::string closing = std::string(kEnd) + label + std::string(kDashes);
  const auto end = text.substr(0, kLongestBlock).find(closing);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string block = with_real_lines(std::string(text.substr(0, end + closing.size()))) + '\n';
  const auto bytes = as_bytes(block);
  return label.ends_with("PRIVATE KEY") ? private_key_in(bytes) : public_key_in(bytes);
}

std::optional<FoundKey> holdfast_key_at(std::string_view text) {
  const auto bytes = parse_hex(std::string(text.substr(kHoldfast.size(), kHexDigits)));
  FoundKey found{KeyKind::holdfast_key, KeyDigest{}, ""};
  if (!bytes.ok() || bytes->size() != found.key->size()) return std::nullopt;
  std::ranges::copy(*bytes, found.key->begin());
  return found;
}

using At = std::optional<FoundKey> (*)(std::string_view);

struct Hit {
  FoundKey key;
  std::size_t place = 0;  // in the bytes that were searched
};

std::string place_text(std::uint64_t place) { return "byte " + std::to_string(place); }

void find_marked(std::vector<Hit>& hits, std::string_view text, std::string_view mark, At at) {
  for (auto place = text.find(mark); place != std::string_view::npos; place = text.find(mark, place + 1)) {
    if (auto key = at(text.substr(place))) hits.push_back({*std::move(key), place});
  }
}

void find_der(std::vector<Hit>& hits, ByteView bytes) {
  constexpr std::uint8_t kSequence = 0x30;
  if (bytes.empty() || bytes.front() != kSequence || bytes.size() > kLongestBlock) return;
  auto key = public_key_in(bytes);
  if (!key) key = private_key_in(bytes);
  if (key) hits.push_back({*std::move(key), 0});
}

// What is there of an image, each key once for its kind.
class Collection {
 public:
  void add(FoundKey key, const std::string& where) {
    key.where = where;
    const auto mark = std::pair(key.kind, key.key);
    if (key.key && !seen_.insert(mark).second) return;
    keys_.push_back(std::move(key));
  }
  void add_packed(const std::string& where) {
    if (packed_++ == 0) first_packed_ = where;
  }
  [[nodiscard]] std::vector<FoundKey> take() {
    if (packed_ == 0) return std::move(keys_);
    const auto more = packed_ == 1 ? "" : " and " + std::to_string(packed_ - 1) + " more";
    keys_.push_back({KeyKind::not_searched, std::nullopt, first_packed_ + more});
    return std::move(keys_);
  }

 private:
  std::set<std::pair<KeyKind, std::optional<KeyDigest>>> seen_;
  std::vector<FoundKey> keys_;
  std::size_t packed_ = 0;
  std::string first_packed_;
};

enum class Part { whole_file, window };

std::vector<Hit> find_in(ByteView bytes, Part part) {
  std::vector<Hit> hits;
  find_marked(hits, as_text(bytes), kBegin, pem_at);
  find_marked(hits, as_text(bytes), kHoldfast, holdfast_key_at);
  if (part == Part::whole_file) find_der(hits, bytes);
  return hits;
}

Result<std::size_t> read_up_to(int descriptor, Bytes& buffer, std::size_t from, const fs::path& file) {
  std::size_t filled = from;
  while (filled < buffer.size()) {
    const auto got = ::read(descriptor, buffer.data() + filled, buffer.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("read", file, errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  return filled;
}

// `name` is how the file is called in the results: nothing for the one file that is the image.
Result<void> scan_file(Collection& collection, const fs::path& file, const std::string& name) {
  const FileDescriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!descriptor.valid()) return system_error("open", file, errno);
  Bytes buffer(kOverlap + kStep);
  std::size_t kept = 0;
  std::uint64_t begin = 0;           // of the buffer, in the file
  std::set<std::uint64_t> nameless;  // places of keys that only their place tells apart: windows overlap
  while (true) {
    TRY_LET(const auto filled, read_up_to(descriptor.get(), buffer, kept, file), "read");
    const bool at_end = filled < buffer.size();
    for (auto& hit : find_in(ByteView(buffer).first(filled), begin == 0 && at_end ? Part::whole_file : Part::window)) {
      if (!hit.key.key && !nameless.insert(begin + hit.place).second) continue;
      collection.add(std::move(hit.key), name.empty() ? place_text(begin + hit.place) : name);
    }
    if (at_end) return {};
    std::copy(buffer.end() - static_cast<std::ptrdiff_t>(kOverlap), buffer.end(), buffer.begin());
    kept = kOverlap;
    begin += kStep;
  }
}

Result<bool> is_packed(const fs::path& file) {
  using namespace std::string_view_literals;
  constexpr std::array kKinds{"\x1f\x8b"sv,
                              "\xfd"
                              "7zXZ\0"sv,
                              "\x28\xb5\x2f\xfd"sv,
                              "BZh"sv,
                              "hsqs"sv,
                              "\x04\x22\x4d\x18"sv,
                              "PK\x03\x04"sv,
                              "QFI\xfb"sv};
  const FileDescriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!descriptor.valid()) return system_error("open", file, errno);
  Bytes head(8);
  TRY_LET(const auto filled, read_up_to(descriptor.get(), head, 0, file), "read");
  const auto text = as_text(ByteView(head).first(filled));
  return std::ranges::any_of(kKinds, [&](std::string_view kind) { return text.starts_with(kind); });
}

Result<void> check_not_packed(const fs::path& file) {
  TRY_LET(const bool packed, is_packed(file), "look at the file's beginning");
  if (!packed) return {};
  return Error(ErrorCode::usage, "'" + file.string() +
                                     "' is compressed or packed, and its keys cannot be seen; unpack or mount it, and "
                                     "name the folder or the raw image");
}

Result<void> scan_folder(Collection& collection, const fs::path& folder) {
  std::error_code problem;
  fs::recursive_directory_iterator entries(folder, problem);
  while (!problem && entries != fs::recursive_directory_iterator()) {
    const fs::directory_entry entry = *entries;
    const bool is_file = entry.symlink_status(problem).type() == fs::file_type::regular;
    if (!problem && is_file) {
      const auto name = entry.path().lexically_relative(folder).string();
      TRY_LET(const bool packed, is_packed(entry.path()), "look at the file's beginning");
      if (packed) collection.add_packed(name);
      TRY(scan_file(collection, entry.path(), name), "scan file");
    }
    if (!problem) entries.increment(problem);
  }
  if (problem) return system_error("search", folder, problem.value());
  return {};
}

}  // namespace

std::string_view name_of(KeyKind kind) {
  switch (kind) {
    case KeyKind::private_key: return "private key";
    case KeyKind::encrypted_private_key: return "encrypted private key";
    case KeyKind::holdfast_key: return "Holdfast key";
    case KeyKind::public_key: return "public key";
    case KeyKind::not_searched: return "packed, not searched";
  }
  return "key";
}

std::vector<FoundKey> find_keys(ByteView bytes) {
  std::vector<FoundKey> keys;
  for (auto& hit : find_in(bytes, Part::whole_file)) {
    hit.key.where = place_text(hit.place);
    keys.push_back(std::move(hit.key));
  }
  return keys;
}

Result<std::vector<FoundKey>> scan(const fs::path& image) {
  std::error_code problem;
  const auto status = fs::status(image, problem);
  if (problem) return system_error("look at", image, problem.value());
  Collection collection;
  if (status.type() == fs::file_type::directory) {
    TRY(scan_folder(collection, image), "search folder");
  } else if (status.type() == fs::file_type::regular || status.type() == fs::file_type::block) {
    TRY(check_not_packed(image), "check file");
    TRY(scan_file(collection, image, ""), "scan file");
  } else {
    return Error(ErrorCode::usage, "'" + image.string() + "' is neither a folder nor a file");
  }
  return collection.take();
}

}  // namespace holdfast::images
