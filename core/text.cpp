#include "core/text.hpp"

#include <utf8proc.h>

#include "core/encoding.hpp"

namespace holdfast {

Result<SecretBytes> normalise_passphrase(const SecretBytes& typed) {
  ByteView bytes = typed.expose(SecretAccess{});
  if (!bytes.empty() && bytes.back() == '\n') {
    bytes = bytes.first(bytes.size() - 1);
    if (!bytes.empty() && bytes.back() == '\r') bytes = bytes.first(bytes.size() - 1);
  }
  if (bytes.empty()) return Error(ErrorCode::usage, "the passphrase is empty");
  // Not utf8proc_map: the code points it works on would stay behind in freed memory.
  constexpr auto kFormC = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  const auto typed_size = static_cast<utf8proc_ssize_t>(bytes.size());
  const auto count = ::utf8proc_decompose(bytes.data(), typed_size, nullptr, 0, kFormC);
  if (count < 0) return Error(ErrorCode::usage, "the passphrase is not valid UTF-8");
  // One more than the code points: utf8proc_reencode ends the text, which it writes in place, with a zero.
  SecretBytes points((static_cast<std::size_t>(count) + 1) * sizeof(utf8proc_int32_t));
  const MutableByteView space = points.expose_mutable(SecretAccess{});
  auto* const buffer = reinterpret_cast<utf8proc_int32_t*>(space.data());
  if (::utf8proc_decompose(bytes.data(), typed_size, buffer, count, kFormC) != count) {
    return Error(ErrorCode::internal, "Unicode normalisation failed");
  }
  const auto size = ::utf8proc_reencode(buffer, count, kFormC);
  if (size < 0) return Error(ErrorCode::internal, "Unicode normalisation failed");
  return SecretBytes::copy_of(space.first(static_cast<std::size_t>(size)));
}

std::string printable(std::string_view text, std::size_t max_size) {
  std::string shown;
  std::size_t used = 0;
  while (used < text.size()) {
    const auto [bytes, kind] = first_character(text.substr(used));
    used += bytes.size();
    if (used > max_size) return shown + "…";
    if (kind == CharacterKind::control || kind == CharacterKind::not_utf8) {
      for (const auto& byte : as_bytes(bytes)) shown += "\\x" + to_hex({&byte, 1});
    } else {
      shown += bytes;
    }
  }
  return shown;
}

Character first_character(std::string_view text) {
  utf8proc_int32_t point = -1;
  const auto read = ::utf8proc_iterate(as_bytes(text).data(), static_cast<utf8proc_ssize_t>(text.size()), &point);
  if (read <= 0) return {text.substr(0, 1), CharacterKind::not_utf8};
  const std::string_view bytes = text.substr(0, static_cast<std::size_t>(read));
  switch (::utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_CC: return {bytes, CharacterKind::control};
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP: return {bytes, CharacterKind::invisible};
    default: return {bytes, CharacterKind::visible};
  }
}

}  // namespace holdfast
