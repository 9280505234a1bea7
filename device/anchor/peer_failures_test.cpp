// What a published peer gets wrong, and what a tempting design would: none of it here.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/encoding.hpp"
#include "core/json.hpp"
#include "crypto/hash.hpp"
#include "crypto/kdf.hpp"
#include "device/anchor/subsets.hpp"
#include "device/anchor/test_support.hpp"

namespace holdfast::anchor {
namespace {

using test::change;
using test::machine;
using test::must;
using test::request_for;
using test::root_of;
using test::secret;
using test::TemporaryFolder;

struct Device {
  TemporaryFolder temporary;
  fingerprint::Fingerprint attributes = machine(4);
  StateFolder folder = must(StateFolder::create(temporary.path() / "state"));
};

TEST(PeerFailures, AWrongDeviceOrPassphraseFailsAndGivesNothing) {
  Device device;
  const auto passphrase = secret("correct horse battery");
  auto request = request_for(device.attributes, 3);
  request.passphrase = &passphrase;
  must(create_anchor(device.folder, request));
  auto other = machine(4);
  change(other, 0);
  change(other, 1);
  const auto wrong = secret("Correct horse battery");
  const std::vector<Factors> wrong_factors{
      {&other, &passphrase}, {&device.attributes, &wrong}, {&device.attributes, nullptr}};
  for (const auto& factors : wrong_factors) {
    const auto opened = open_with_fingerprint(must(device.folder.load_anchor()), factors, Search::all_subsets);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code(), ErrorCode::does_not_open);
  }
}

// The peer's keys follow from published serial numbers and a constant. Here the attributes without the file
// give nothing, and the same attributes give another root each time.
TEST(PeerFailures, NothingFollowsFromTheAttributesAlone) {
  const TemporaryFolder temporary;
  const auto attributes = machine(3);
  std::vector<Bytes> roots;
  for (const char* name : {"a", "b", "c"}) {
    const auto folder = must(StateFolder::create(temporary.path() / name));
    must(create_anchor(folder, request_for(attributes, 3)));
    roots.push_back(
        root_of(must(open_with_fingerprint(must(folder.load_anchor()), {&attributes, nullptr}, Search::first_subset))));
  }
  EXPECT_NE(roots[0], roots[1]);
  EXPECT_NE(roots[1], roots[2]);
  EXPECT_NE(roots[0], roots[2]);
}

// No two purposes share any part of a random stream.
TEST(PeerFailures, EachPurposeHasAStreamOfItsOwn) {
  const Root root(AnchorId{{1}}, RootEpoch{1}, SecretBytes::copy_of(Bytes(kRootSize, 42)));
  const std::vector<std::string> purposes{"anchor-mac",  "remembered-state", "seal",
                                          "seal-device", "key-store",        "identity-key"};
  std::vector<std::string> pieces;
  for (const auto& purpose : purposes) {
    const auto key = must(root.key(purpose, {}, 96));
    const std::string stream(as_text(key.expose(SecretAccess{})));
    for (std::size_t at = 0; at + 8 <= stream.size(); ++at) pieces.push_back(stream.substr(at, 8));
  }
  std::ranges::sort(pieces);
  EXPECT_EQ(std::ranges::adjacent_find(pieces), pieces.end());
}

// All byte strings of the anchor file: those in base64 or hexadecimal, decoded.
void collect(const Json& json, std::vector<Bytes>& into) {
  if (json.is_string()) {
    const auto& text = json.get_ref<const std::string&>();
    if (auto bytes = parse_base64(text); bytes.ok()) into.push_back(std::move(*bytes));
    if (auto bytes = parse_hex(text); bytes.ok()) into.push_back(std::move(*bytes));
    into.emplace_back(text.begin(), text.end());
  }
  if (json.is_structured()) {
    for (const auto& element : json) collect(element, into);
  }
}

bool contains(const std::vector<Bytes>& haystacks, ByteView needle) {
  return std::ranges::any_of(haystacks, [&](const Bytes& hay) { return !std::ranges::search(hay, needle).empty(); });
}

Bytes copy(const SecretBytes& bytes) {
  const auto view = bytes.expose(SecretAccess{});
  return Bytes(view.begin(), view.end());
}

// Somebody who has the file and knows correct values must not be able to confirm them one by one, or in a
// quorum, by anything cheaper than Argon2id: nothing that follows from them without it stands in the file.
TEST(PartialGuessOracle, NothingInTheFileConfirmsAGuessWithoutArgon2) {
  Device device;
  must(create_anchor(device.folder, request_for(device.attributes, 2)));
  const auto bytes = must(read_file(device.folder.anchor_file(), kMaxAnchorFileSize));
  const auto text = as_text(bytes);
  const auto begin = text.find('\n') + 1;
  const auto json = must(parse_json(text.substr(begin, text.find('\n', begin) - begin), "anchor"));
  std::vector<Bytes> stored;
  collect(json, stored);
  const auto file = must(device.folder.load_anchor()).file;
  const auto& slot = *file.fingerprint_slot();

  std::vector<Bytes> keys;
  std::vector<Bytes> guesses;
  for (std::size_t i = 0; i < slot.counted.size(); ++i) {
    const auto& value = device.attributes.attributes[i].value;
    guesses.push_back(copy(value));
    for (const auto algorithm :
         {crypto::HashAlgorithm::sha256, crypto::HashAlgorithm::sha384, crypto::HashAlgorithm::sha512}) {
      guesses.push_back(must(crypto::hash(algorithm, {value.expose(SecretAccess{})})));
      guesses.push_back(must(crypto::hash(algorithm, {slot.counted[i].salt, value.expose(SecretAccess{})})));
    }
    Bytes info = crypto::label("factor");
    append_lp(info, as_bytes(slot.counted[i].name));
    append_lp(info, as_bytes(slot.counted[i].source));
    keys.push_back(
        copy(must(crypto::hkdf(crypto::join_secrets({value.expose(SecretAccess{})}), slot.counted[i].salt, info))));
  }
  guesses.insert(guesses.end(), keys.begin(), keys.end());
  for (const auto& subset : k_subsets(4, 2)) {
    Bytes info = crypto::label("quorum");
    append_lp(info, subset);
    const auto x =
        must(crypto::hkdf(crypto::join_secrets({subset, keys[subset[0]], keys[subset[1]]}), slot.salt, info));
    guesses.push_back(copy(x));
    Bytes wrap = crypto::label("wrap");
    append_lp(wrap, slot.id.bytes);
    append_lp(wrap, subset);
    const auto w = must(crypto::hkdf(x, {}, wrap));
    guesses.push_back(copy(w));
    guesses.push_back(copy(must(crypto::hkdf(x, {}, crypto::label("commit")))));
    guesses.push_back(copy(must(crypto::hkdf(w, {}, crypto::label("commit")))));
  }
  for (const auto& guess : guesses) EXPECT_FALSE(contains(stored, guess)) << to_hex(guess);

  // The same search finds what does stand there, and the same derivation with Argon2id the commitment: else
  // this test could not fail.
  EXPECT_TRUE(contains(stored, slot.salt));
  Bytes info = crypto::label("quorum");
  append_lp(info, Subset{0, 1});
  const auto x = must(crypto::hkdf(crypto::join_secrets({Subset{0, 1}, keys[0], keys[1]}), slot.salt, info));
  Bytes wrap = crypto::label("wrap");
  append_lp(wrap, slot.id.bytes);
  append_lp(wrap, Subset{0, 1});
  const auto stretched = must(crypto::stretch(crypto::join_secrets({x.expose(SecretAccess{})}), slot.salt, slot.costs));
  const auto w = must(crypto::hkdf(stretched, {}, wrap));
  EXPECT_TRUE(contains(stored, copy(must(crypto::hkdf(w, {}, crypto::label("commit"))))));
}

}  // namespace
}  // namespace holdfast::anchor
