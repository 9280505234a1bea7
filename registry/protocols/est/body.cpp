#include "registry/protocols/est/body.hpp"

#include <algorithm>
#include <string>

#include "core/encoding.hpp"
#include "crypto/pem.hpp"

namespace holdfast::est {
namespace {

constexpr std::size_t kColumns = 64;

bool is_white(std::uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// A SEQUENCE whose length takes more than one byte, as that of every certificate request does.
bool looks_like_der(ByteView body) { return body.size() > 2 && body[0] == 0x30 && body[1] >= 0x80; }

}  // namespace

Result<Bytes> parse_body(ByteView body) {
  if (crypto::has_pem(body)) return Bytes(body.begin(), body.end());
  if (looks_like_der(body)) {
    return Error(ErrorCode::malformed, "the body is plain DER: encode the certificate request in base64");
  }
  std::string text;
  text.reserve(body.size());
  std::ranges::remove_copy_if(body, std::back_inserter(text), is_white);
  if (text.empty()) {
    return Error(ErrorCode::malformed, "the body is empty: send a certificate request (PKCS #10) in base64");
  }
  auto der = parse_base64(text);
  if (der.ok()) return der;
  return Error(ErrorCode::malformed, "the body is not base64: send a certificate request (PKCS #10) in base64");
}

Bytes write_body(ByteView der, LineBreaks breaks) {
  const auto text = to_base64(der);
  const auto columns = breaks == LineBreaks::none ? text.size() : kColumns;
  Bytes body;
  for (std::size_t at = 0; at < text.size(); at += columns) {
    append(body, as_bytes(text).subspan(at, std::min(columns, text.size() - at)));
    if (breaks == LineBreaks::each_64) body.push_back('\n');
  }
  return body;
}

}  // namespace holdfast::est
