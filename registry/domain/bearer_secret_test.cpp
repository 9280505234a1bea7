#include "registry/domain/bearer_secret.hpp"

#include <gtest/gtest.h>

#include <string>

namespace holdfast::domain {
namespace {

TEST(BearerSecret, IsKnownByItsHashAlone) {
  const auto secret = make_bearer_secret().value();
  EXPECT_EQ(secret.text.size(), 32U);
  EXPECT_TRUE(is_secret_of(secret.hash, secret.text).value());
  std::string typed;
  for (std::size_t i = 0; i < secret.text.size(); ++i) {
    if (i % 8 == 0 && i != 0) typed += '-';
    typed += static_cast<char>(std::tolower(secret.text[i]));
  }
  EXPECT_TRUE(is_secret_of(secret.hash, typed).value());
}

TEST(BearerSecret, NothingElseIs) {
  const auto secret = make_bearer_secret().value();
  const auto other = make_bearer_secret().value();
  EXPECT_NE(secret.text, other.text);
  for (const auto& text : {std::string(), other.text, secret.text + "0", secret.text.substr(1), std::string("!"),
                           secret.text + std::string(1000, 'A')}) {
    EXPECT_FALSE(is_secret_of(secret.hash, text).value()) << text;
  }
  EXPECT_FALSE(is_secret_of(SecretHash{}, "").value());
}

}  // namespace
}  // namespace holdfast::domain
