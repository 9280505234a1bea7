// SHAKE128, from which accumulated vectors draw their inputs and into which they put their results.
#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "core/bytes.hpp"

namespace holdfast::crypto::test {

class Shake128 {
 public:
  Shake128() { EXPECT_EQ(EVP_DigestInit_ex2(ctx_, EVP_shake128(), nullptr), 1); }
  Shake128(const Shake128&) = delete;
  Shake128& operator=(const Shake128&) = delete;
  ~Shake128() { EVP_MD_CTX_free(ctx_); }
  void absorb(ByteView bytes) { EXPECT_EQ(EVP_DigestUpdate(ctx_, bytes.data(), bytes.size()), 1); }
  Bytes squeeze(std::size_t size) {
    Bytes output(size);
    EXPECT_EQ(EVP_DigestSqueeze(ctx_, output.data(), output.size()), 1);
    return output;
  }

 private:
  EVP_MD_CTX* ctx_ = EVP_MD_CTX_new();
};

}  // namespace holdfast::crypto::test
