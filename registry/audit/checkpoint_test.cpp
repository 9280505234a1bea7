#include "registry/audit/checkpoint.hpp"

#include <gtest/gtest.h>

#include "core/encoding.hpp"
#include "registry/audit/test_support.hpp"

namespace holdfast::audit {
namespace {

using test::must;
using test::Signer;

// Of the specification of signed notes in Go's package golang.org/x/mod/sumdb/note.
constexpr std::string_view kKnownVerifier = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr std::string_view kKnownText =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
constexpr std::string_view kKnownSignature =
    "\xE2\x80\x94 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

TEST(Note, ANoteOfAnotherProgramIsVerified) {
  const auto verifier = must(NoteVerifier::parse(kKnownVerifier));
  EXPECT_EQ(verifier.name(), "PeterNeumann");
  EXPECT_EQ(verifier.to_text(), kKnownVerifier);
  EXPECT_EQ(must(verifier.open(std::string(kKnownText) + '\n' + std::string(kKnownSignature))), kKnownText);
}

TEST(Note, AmongOtherSignaturesOnesOwnIsFound) {
  const Signer signer;
  const auto own = must(sign_note(signer.verifier(), signer.sign(), kKnownText));
  const auto both = std::string(kKnownText) + '\n' + std::string(kKnownSignature) + own.substr(own.rfind("\n\n") + 2);
  EXPECT_EQ(must(signer.verifier().open(both)), kKnownText);
}

TEST(Note, WhatIsAlteredIsRefused) {
  const Signer signer;
  const Signer other("another.example.org");
  const auto note = must(sign_note(signer.verifier(), signer.sign(), kKnownText));
  for (std::size_t i = 0; i < note.size(); ++i) {
    auto altered = note;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(signer.verifier().open(altered).ok()) << i;
    EXPECT_FALSE(signer.verifier().open(note.substr(0, i)).ok()) << i;
  }
  EXPECT_FALSE(other.verifier().open(note).ok());
  EXPECT_FALSE(signer.verifier().open(note + "x").ok());
  EXPECT_FALSE(signer.verifier().open("").ok());
}

TEST(Note, WhatCannotBeReadBackIsNotSigned) {
  const Signer signer;
  for (const std::string_view text : {"", "no line feed", "two\n\n", "\n"}) {
    EXPECT_EQ(sign_note(signer.verifier(), signer.sign(), text).error().code(), ErrorCode::usage) << text;
  }
  for (const auto* const name : {"", "a name", "a+b", "a\nb", "\x1b[2J"}) {
    EXPECT_EQ(NoteVerifier::create(name, signer.key().public_key()).error().code(), ErrorCode::usage) << name;
  }
}

TEST(Note, VerifierKeysThatAreNoneAreRefused) {
  EXPECT_FALSE(NoteVerifier::parse("").ok());
  EXPECT_FALSE(NoteVerifier::parse("PeterNeumann").ok());
  EXPECT_FALSE(NoteVerifier::parse("PeterNeumann+c74f20a3").ok());
  EXPECT_FALSE(NoteVerifier::parse("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").ok());
  EXPECT_FALSE(NoteVerifier::parse("PeterNeumann+c74f20a3+AhpC").ok());
}

TEST(Checkpoint, IsReadAsItWasWritten) {
  const Signer signer;
  const Checkpoint checkpoint{"registry.example.org/log", 123456, test::leaf(1)};
  const auto note = must(sign_checkpoint(signer.verifier(), signer.sign(), checkpoint));
  EXPECT_TRUE(note.starts_with("registry.example.org/log\n123456\n" + to_base64(checkpoint.root) + "\n\n"));
  EXPECT_EQ(must(open_checkpoint(signer.verifier(), note)), checkpoint);
}

TEST(Checkpoint, FurtherLinesArePassedOver) {
  const Checkpoint checkpoint{"log", 1, test::leaf(1)};
  const auto text = must(serialise_checkpoint(checkpoint));
  EXPECT_EQ(must(parse_checkpoint(text + "witnessed by nobody\n")), checkpoint);
}

TEST(Checkpoint, WhatIsNoneIsRefused) {
  const auto root = to_base64(test::leaf(1));
  const std::vector<std::string> texts{"",
                                       "log\n",
                                       "log\n1\n",
                                       "log\n1\n" + root,
                                       "\n1\n" + root + "\n",
                                       "log\n01\n" + root + "\n",
                                       "log\n-1\n" + root + "\n",
                                       "log\n1 \n" + root + "\n",
                                       "log\n18446744073709551616\n" + root + "\n",
                                       "log\n1\n" + root.substr(4) + "\n",
                                       "log\n1\n!" + root + "\n"};
  for (const auto& text : texts) {
    EXPECT_EQ(parse_checkpoint(text).error().code(), ErrorCode::malformed) << text;
  }
}

TEST(Checkpoint, AnotherLogsIsRefused) {
  const Signer signer;
  const auto note = must(sign_checkpoint(signer.verifier(), signer.sign(), {"another log", 1, test::leaf(1)}));
  EXPECT_EQ(open_checkpoint(signer.verifier(), note).error().code(), ErrorCode::malformed);
}

}  // namespace
}  // namespace holdfast::audit
