#include "registry/audit/checkpoint.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/encoding.hpp"

namespace holdfast::audit {
namespace {

Error malformed(const std::string& why) { return {ErrorCode::malformed, "this is no checkpoint of a log: " + why}; }

// The line with which `text` begins, without its line feed, which is taken away from the text as well.
Result<std::string_view> take_line(std::string_view& text, const std::string& what) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos || end == 0) return malformed("it has no line with " + what);
  const auto line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

Result<std::uint64_t> parse_size(std::string_view line) {
  std::uint64_t size = 0;
  const auto [end, problem] = std::from_chars(line.data(), line.data() + line.size(), size);
  const bool canonical = line == "0" || !line.starts_with('0');
  if (problem != std::errc() || end != line.data() + line.size() || !canonical) {
    return malformed("its second line is not the number of entries");
  }
  return size;
}

}  // namespace

Result<std::string> serialise_checkpoint(const Checkpoint& checkpoint) {
  if (checkpoint.origin.empty() || checkpoint.origin.contains('\n')) {
    return Error(ErrorCode::usage, "the origin of a log is one line, and not empty");
  }
  return checkpoint.origin + '\n' + std::to_string(checkpoint.size) + '\n' + to_base64(checkpoint.root) + '\n';
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  Checkpoint checkpoint;
  TRY_LET(const auto origin, take_line(text, "its origin"), "read origin");
  TRY_LET(const auto size, take_line(text, "the number of entries"), "read size");
  TRY_LET(const auto root, take_line(text, "the root hash"), "read root hash");
  checkpoint.origin = origin;
  TRY_LET(checkpoint.size, parse_size(size), "parse size");
  const auto hash = parse_base64(root);
  if (!hash.ok() || hash->size() != checkpoint.root.size()) return malformed("its third line is not a root hash");
  std::ranges::copy(*hash, checkpoint.root.begin());
  return checkpoint;
}

Result<std::string> sign_checkpoint(const NoteVerifier& signer, const NoteSign& sign, const Checkpoint& checkpoint) {
  TRY_LET(const auto text, serialise_checkpoint(checkpoint), "serialise checkpoint");
  return sign_note(signer, sign, text);
}

Result<Checkpoint> open_checkpoint(const NoteVerifier& signer, std::string_view note) {
  TRY_LET(const auto text, signer.open(note), "verify note");
  TRY_LET(auto checkpoint, parse_checkpoint(text), "parse checkpoint");
  if (checkpoint.origin != signer.name()) return malformed("it is of another log, '" + checkpoint.origin + "'");
  return checkpoint;
}

}  // namespace holdfast::audit
