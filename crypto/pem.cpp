#include "crypto/pem.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "core/text.hpp"
#include "crypto/openssl.hpp"

namespace holdfast::crypto {
namespace {

using Bio = openssl::Owned<BIO, BIO_free_all>;

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::size_t kMaxPem = std::size_t{64} * 1024;

Error malformed(std::string message) {
  ERR_clear_error();
  return {ErrorCode::malformed, std::move(message)};
}

}  // namespace

Error private_key_given() {
  ERR_clear_error();
  return {ErrorCode::refused,
          "this is a private key where a public key belongs; 'openssl pkey -pubout' gives its public key"};
}

bool has_pem(ByteView bytes) { return as_text(bytes).find(kBegin) != std::string_view::npos; }

std::string_view pem_name(ByteView bytes) {
  const std::string_view text = as_text(bytes);
  const auto begin = text.find(kBegin);
  if (begin == std::string_view::npos) return {};
  const auto behind = text.substr(begin + kBegin.size());
  return behind.substr(0, behind.find("-----"));
}

Result<Bytes> read_pem(ByteView pem, std::string_view name) {
  const std::string_view text = as_text(pem);
  const std::string_view found = pem_name(pem);
  // Told by the name, before a private key is decoded into memory that nobody wipes.
  if (found.ends_with("PRIVATE KEY")) return private_key_given();
  if (found != name) {
    return malformed("a PEM block '" + std::string(name) + "' is needed, and '" + printable(found, 40) + "' was found");
  }
  if (pem.size() > kMaxPem) return malformed("the PEM file is larger than 64 KiB");
  if (text.find(kBegin) != text.rfind(kBegin)) return malformed("there is more than one PEM block; give one");
  const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  char* pem_name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  const bool read = bio && PEM_read_bio(bio.get(), &pem_name, &header, &data, &size) == 1;
  Bytes content;
  if (read) content.assign(data, data + size);
  const bool plain = read && pem_name == name && *header == '\0';
  OPENSSL_free(pem_name);
  OPENSSL_free(header);
  OPENSSL_free(data);
  if (!plain) return malformed("the PEM block '" + std::string(name) + "' is damaged");
  return content;
}

Result<std::string> write_pem(std::string_view name, ByteView content) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!bio ||
      PEM_write_bio(bio.get(), std::string(name).c_str(), "", content.data(), static_cast<long>(content.size())) <= 0) {
    return openssl::failure("writing PEM");
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

}  // namespace holdfast::crypto
