#include "registry/audit/note.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "crypto/hash.hpp"
#include "crypto/signature.hpp"

namespace holdfast::audit {
namespace {

constexpr std::size_t kMaxNote = std::size_t{1024} * 1024;
constexpr std::size_t kRawKeySize = 32;
constexpr std::uint8_t kEd25519 = 0x01;
// An em dash and a space begin each signature.
constexpr std::string_view kDash = "\xE2\x80\x94 ";
// All of a SubjectPublicKeyInfo with an Ed25519 key (RFC 8410) but the key, which comes last.
constexpr std::array<std::uint8_t, 12> kSpkiHead{0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                                 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

Error malformed(const std::string& why) { return {ErrorCode::malformed, "this is no signed note: " + why}; }

Bytes typed_key(ByteView raw) {
  Bytes typed{kEd25519};
  append(typed, raw);
  return typed;
}

Result<NoteKeyId> id_of(const std::string& name, ByteView raw) {
  TRY_LET(const auto digest,
          crypto::hash(crypto::HashAlgorithm::sha256, {as_bytes(name), as_bytes("\n"), typed_key(raw)}),
          "hash verifier key");
  NoteKeyId id{};
  std::copy_n(digest.begin(), id.size(), id.begin());
  return id;
}

bool is_name(std::string_view name) {
  const auto is_bad = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '+' || c == '\x7f'; };
  return !name.empty() && name == printable(name, name.size()) && std::ranges::none_of(name, is_bad);
}

// The text with its last line feed, and the lines with signatures.
struct Parts {
  std::string_view text;
  std::string_view signatures;
};

Result<Parts> take_apart(std::string_view note) {
  if (note.size() > kMaxNote) return malformed("it is longer than 1 MiB");
  const auto blank = note.rfind("\n\n");
  if (blank == std::string_view::npos) return malformed("no empty line stands between text and signatures");
  const Parts parts{note.substr(0, blank + 1), note.substr(blank + 2)};
  if (parts.signatures.empty() || !parts.signatures.ends_with('\n')) return malformed("it has no signature");
  return parts;
}

struct Signature {
  std::string_view name;
  Bytes bytes;  // the id, and the signature
};

Result<Signature> parse_signature(std::string_view line) {
  if (!line.starts_with(kDash)) return malformed("a signature does not begin with a dash");
  line.remove_prefix(kDash.size());
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return malformed("a signature has no signer");
  const auto bytes = parse_base64(line.substr(space + 1));
  if (!bytes.ok() || bytes->size() <= NoteKeyId{}.size()) return malformed("a signature is not base64");
  return Signature{line.substr(0, space), *bytes};
}

}  // namespace

Result<NoteVerifier> NoteVerifier::create(std::string name, crypto::PublicKey key) {
  if (!is_name(name)) {
    return Error(ErrorCode::usage, "'" + printable(name) +
                                       "' does not serve as the name of a signer: it is empty, or has "
                                       "white space, '+' or characters that cannot be shown in it");
  }
  if (key.algorithm() != crypto::KeyAlgorithm::ed25519)
    return Error(ErrorCode::usage, "notes are signed with Ed25519 keys");
  TRY_LET(auto raw, key.to_der(), "write public key");
  raw.erase(raw.begin(), raw.end() - static_cast<std::ptrdiff_t>(kRawKeySize));
  TRY_LET(const auto id, id_of(name, raw), "name verifier key");
  return NoteVerifier(std::move(name), std::move(key), std::move(raw), id);
}

Result<NoteVerifier> NoteVerifier::parse(std::string_view text) {
  const Error wrong(
      ErrorCode::malformed,
      "'" + printable(text) +
          "' is no verifier key: it should be a name, 8 hexadecimal digits and base64, with '+' between them");
  const auto first = text.find('+');
  const auto second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) return wrong;
  const auto typed = parse_base64(text.substr(second + 1));
  if (!typed.ok() || typed->size() != 1 + kRawKeySize || typed->front() != kEd25519) return wrong;
  Bytes der(kSpkiHead.begin(), kSpkiHead.end());
  append(der, ByteView(*typed).subspan(1));
  auto key = crypto::PublicKey::parse(der);
  if (!key.ok()) return wrong;
  auto made = create(std::string(text.substr(0, first)), *std::move(key));
  if (!made.ok() || to_hex(made->id()) != text.substr(first + 1, second - first - 1)) return wrong;
  return made;
}

std::string NoteVerifier::to_text() const { return name_ + '+' + to_hex(id_) + '+' + to_base64(typed_key(raw_)); }

Result<std::string> NoteVerifier::open(std::string_view note) const {
  TRY_LET(const auto parts, take_apart(note), "take note apart");
  auto rest = parts.signatures;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    TRY_LET(const auto signature, parse_signature(rest.substr(0, end)), "parse signature");
    rest.remove_prefix(end + 1);
    const ByteView bytes = signature.bytes;
    if (signature.name != name_ || !std::ranges::equal(bytes.first(id_.size()), id_)) continue;
    TRY_LET(const auto verdict, crypto::verify_message(key_, {}, as_bytes(parts.text), bytes.subspan(id_.size())),
            "verify note");
    if (verdict != crypto::Verdict::valid) return malformed("the signature of '" + name_ + "' is not valid");
    return std::string(parts.text);
  }
  return malformed("'" + name_ + "' has not signed it");
}

Result<std::string> sign_note(const NoteVerifier& signer, const NoteSign& sign, std::string_view text) {
  if (!text.ends_with('\n') || text.ends_with("\n\n") || text == "\n") {
    return Error(ErrorCode::usage, "the text of a note ends with one line feed");
  }
  TRY_LET(const auto signature, sign(as_bytes(text)), "sign note");
  Bytes bytes(signer.id().begin(), signer.id().end());
  append(bytes, signature);
  return std::string(text) + '\n' + std::string(kDash) + signer.name() + ' ' + to_base64(bytes) + '\n';
}

}  // namespace holdfast::audit
