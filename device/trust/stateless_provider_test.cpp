// What is true of stateless devices alone. What they share with others the tests of providers say.
#include "device/trust/stateless_provider.hpp"

#include "core/encoding.hpp"
#include "core/json.hpp"
#include "device/seal/stream_test_support.hpp"
#include "device/trust/create_stateless.hpp"
#include "device/trust/test_support.hpp"

namespace holdfast::trust {
namespace {

using anchor::test::must;
using crypto::KeyAlgorithm;
using seal::test::content_of;
using seal::test::file_with;
using test::failed;
using test::key;
using test::name;
using test::succeeded;
using test::TemporaryFolder;
using test::works;

seal::Ends ends_of(const FileDescriptor& in, const FileDescriptor& out) {
  return {.in = in.get(), .in_name = "input", .out = out.get(), .out_name = "output"};
}

class Stateless : public testing::Test {
 protected:
  test::StatelessDevice device_;
  std::unique_ptr<Provider> provider_ = device_.open();
};

TEST_F(Stateless, SaysWhatItCannotDo) {
  using enum Capability;
  const auto info = provider_->info();
  EXPECT_EQ(info.kind, "stateless");
  EXPECT_EQ(info.device.size(), 32U);
  EXPECT_EQ(info.capabilities, (std::set{seal_data, derived_keys, ephemeral_keys, deterministic_signatures}));
}

TEST_F(Stateless, HasAKeyOfEachAlgorithmAndName) {
  for (const auto& row : crypto::key_algorithms()) {
    if (row.family == crypto::Family::rsa) continue;
    const auto selection = key(std::string(row.name) + ".device");
    const auto found = provider_->find_key(selection);
    ASSERT_TRUE(succeeded(found));
    EXPECT_EQ(found->id.text(), std::string(row.name) + ".device@1");
    EXPECT_EQ(found->algorithm, row.algorithm);
    EXPECT_EQ(found->origin, KeyOrigin::derived);
    EXPECT_EQ(found->state, KeyState::active);
    EXPECT_EQ(found->created, std::nullopt);
    EXPECT_EQ(found->root_epoch, 0U);
    EXPECT_EQ(device_.open()->find_key(key(selection.name.text() + "@1"))->half, found->half);
    EXPECT_NE(provider_->find_key(key(selection.name.text() + ".2"))->half, found->half);
    for (const auto use : found->uses) EXPECT_TRUE(works(*provider_, selection, use)) << row.name;
  }
  EXPECT_TRUE(provider_->list_keys()->empty());
}

TEST_F(Stateless, KnowsNoOtherNames) {
  for (const auto* const text : {"device", "ed25519", "ed25519.", ".device", "ed448.device", "ED25519.device"}) {
    EXPECT_TRUE(failed(provider_->find_key(key(text)), ErrorCode::not_found, "are named ALGORITHM.NAME")) << text;
    EXPECT_TRUE(failed(provider_->open_key(key(text), KeyUse::sign), ErrorCode::not_found, "ALGORITHM.NAME")) << text;
  }
  EXPECT_TRUE(failed(provider_->find_key(key("ed25519.device@2")), ErrorCode::not_found, "has no version 2"));
}

TEST_F(Stateless, GivesEachKeyItsUsualUseAlone) {
  EXPECT_TRUE(failed(provider_->open_key(key("ecdsa-p256.tls"), KeyUse::derive), ErrorCode::refused, "usually for"));
  EXPECT_TRUE(failed(provider_->open_key(key("ed25519.tls"), KeyUse::encrypt), ErrorCode::refused, "usually for"));
  EXPECT_TRUE(works(*provider_, key("x25519.tls"), KeyUse::derive));
}

TEST_F(Stateless, KeepsTheRulesOfItsProfile) {
  const auto strict = device_.open("cnsa-2.0");
  EXPECT_TRUE(failed(strict->open_key(key("ed25519.device"), KeyUse::sign), ErrorCode::refused,
                     "'cnsa-2.0' does not allow ed25519 keys"));
  EXPECT_TRUE(works(*strict, key("ml-dsa-87.device"), KeyUse::sign));
  // The key can still be known, so that its signatures can be verified.
  EXPECT_TRUE(succeeded(strict->find_key(key("ed25519.device"))));
}

TEST_F(Stateless, RefusesWhatNeedsStorage) {
  constexpr auto kEd25519 = KeyAlgorithm::ed25519;
  const auto id = name("ed25519.device");
  const auto says = [](const auto& result, std::string_view words) {
    return failed(result, ErrorCode::refused, words);
  };
  EXPECT_TRUE(says(provider_->create_key({.name = id, .algorithm = kEd25519}), "ed25519.device, and need no making"));
  EXPECT_TRUE(says(provider_->import_key({.name = id, .algorithm = kEd25519, .material = test::new_material(kEd25519)}),
                   "anchor"));
  EXPECT_TRUE(says(provider_->rotate_key(id, {}), "new name"));
  EXPECT_TRUE(says(provider_->set_key_state({id}, KeyState::destroyed), "disabled or destroyed"));
  EXPECT_TRUE(says(provider_->load_certificate({id}), "certificates"));
  EXPECT_TRUE(says(provider_->read_counter(), "counter"));
  EXPECT_TRUE(says(provider_->increment_counter(), "counter"));
  EXPECT_TRUE(says(provider_->attest({id}, Bytes(16)), "attests nothing"));
  const auto signer = provider_->open_key({id}, KeyUse::sign).value();
  const auto chain = signer->self_signed({.subject = crypto::DistinguishedName::parse("CN=a").value(),
                                          .alternative_names = {},
                                          .now = anchor::test::fixed_clock(),
                                          .validity = std::chrono::days(1)});
  ASSERT_TRUE(succeeded(chain));
  EXPECT_TRUE(says(provider_->store_certificate({id}, *chain), "certificates"));
}

TEST_F(Stateless, ReceivesWithANamedKey) {
  const auto inbox = provider_->find_key(key("x25519-ml-kem-768.inbox")).value();
  const auto sent = seal::encrypt_bytes(test::receiving_key_of(inbox).value(), {}, as_bytes("a few words")).value();
  const auto out = file_with({});
  const auto open = [&](std::optional<std::string> with) {
    return provider_->unseal_from_outside({.key = std::move(with)}, ends_of(file_with(sent), out));
  };
  EXPECT_TRUE(failed(open(std::nullopt), ErrorCode::usage, "--key x25519-ml-kem-768.inbox"));
  EXPECT_TRUE(failed(open("inbox"), ErrorCode::not_found, "ALGORITHM.NAME"));
  EXPECT_TRUE(failed(open("x25519-ml-kem-768.other"), ErrorCode::does_not_open, ""));
  EXPECT_TRUE(failed(open("ml-kem-768.inbox"), ErrorCode::does_not_open, ""));
  EXPECT_TRUE(failed(open("ed25519.inbox"), ErrorCode::refused, "must not be used to"));
  EXPECT_TRUE(content_of(out).empty());
  ASSERT_TRUE(succeeded(open("x25519-ml-kem-768.inbox")));
  EXPECT_EQ(as_text(content_of(out)), "a few words");
}

TEST_F(Stateless, SearchesRsaPrimesAtEachUseAndSaysSo) {
  int begun = 0;
  int pulses = 0;
  const auto provider = make_stateless_provider(test::new_stateless(), [&] {
    ++begun;
    return [&pulses] { ++pulses; };
  });
  const auto first = provider->find_key(key("rsa-2048.device"));
  ASSERT_TRUE(succeeded(first));
  EXPECT_EQ(provider->open_key(key("rsa-2048.device"), KeyUse::sign).value()->info().half, first->half);
  EXPECT_EQ(begun, 2);
  EXPECT_GT(pulses, 0);
  EXPECT_TRUE(succeeded(provider->find_key(key("ed25519.device"))));
  EXPECT_EQ(begun, 2);
}

TEST_F(Stateless, WithoutItsProfileOnlyOpensWhatThereIs) {
  const auto provider = device_.open("gone");
  EXPECT_THAT(provider->profile().problem, testing::HasSubstr("gone"));
  EXPECT_TRUE(
      failed(provider->open_key(key("ed25519.device"), KeyUse::sign), ErrorCode::refused, "cannot be used here"));
  EXPECT_TRUE(succeeded(provider->open_key(key("ml-kem-768.inbox"), KeyUse::decapsulate)));
}

class StatelessFolder : public testing::Test {
 protected:
  TemporaryFolder temporary_;
  StatelessOptions options_{
      .folder = temporary_ / "state",
      .sysroot = std::string(HOLDFAST_SOURCE_DIR) + "/tests/fixtures/machines/x86-server",
      .credential_file = {},
      .attributes = {},
      .device_salt = Bytes(16, 7),
      .profile = std::nullopt,
  };
};

TEST_F(StatelessFolder, IsFoundAndOpened) {
  const auto made = must(create_stateless_device(options_));
  ASSERT_TRUE(made.stateless);
  EXPECT_TRUE(made.stateless->has_device_salt);
  const auto device = must(find_device(options_.folder));
  EXPECT_EQ(device->info().id, made.id);
  EXPECT_EQ(device->info().stateless->check, made.stateless->check);
  EXPECT_EQ(device->info().profile, kDefaultProfile);
  EXPECT_EQ(device->info().created, std::nullopt);
  EXPECT_EQ(device->info().quorum->required.size(), 6U);
  EXPECT_TRUE(must(device->load_events()).empty());
  const auto opened = must(device->open({}));
  EXPECT_EQ(opened.provider->info().device, made.id);
  EXPECT_FALSE(opened.drift);
  EXPECT_EQ(must(device->try_to_open({})).outcome, Trial::Outcome::opens);
  EXPECT_TRUE(failed(device->open_with_recovery_code(SecretBytes(4)), ErrorCode::not_found, "no recovery code"));
  EXPECT_TRUE(failed(create_stateless_device(options_), ErrorCode::refused, "configuration already"));
}

TEST_F(StatelessFolder, DoesNotOpenElsewhere) {
  must(create_stateless_device(options_));
  const auto file = options_.folder / "stateless";
  auto text = std::string(as_text(must(read_file(file, 1 << 20))));
  // As if the configuration had come from another machine, whose tree lies at the same place.
  const auto other = std::string(HOLDFAST_SOURCE_DIR) + "/tests/fixtures/machines/laptop";
  auto elsewhere = must(anchor::parse_stateless_file(as_bytes(text)));
  const auto machine = must(fingerprint::collect({.sysroot = other, .credential_file = {}}));
  EXPECT_TRUE(
      failed(anchor::open_stateless(elsewhere, machine), ErrorCode::does_not_open, "not found on this machine"));
}

TEST_F(StatelessFolder, IsNotMadeWhereThereIsTooLittle) {
  options_.attributes = {"hostname"};
  EXPECT_TRUE(failed(create_stateless_device(options_), ErrorCode::refused, "64 fewer than the 64"));
  EXPECT_FALSE(std::filesystem::exists(options_.folder));
  options_.attributes = {"none"};
  EXPECT_TRUE(failed(create_stateless_device(options_), ErrorCode::not_found, "none"));
  options_.attributes.clear();
  options_.profile = "gone";
  EXPECT_TRUE(failed(create_stateless_device(options_), ErrorCode::not_found, "gone"));
}

// tests/vectors/stateless/reference.py derives the same keys and opens the same file.
TEST(FrozenStatelessKeys, AreDerivedAsTheVectorSays) {
  const auto folder = std::filesystem::path(HOLDFAST_SOURCE_DIR) / "tests/vectors/stateless/with-device-salt";
  const auto vector = must(parse_json(as_text(must(read_file(folder / "vector.json", 1 << 20))), "vector"));
  const auto file = must(anchor::parse_stateless_file(must(read_file(folder / "stateless", 1 << 20))));
  anchor::Root root(must(anchor::AnchorId::parse(vector.at("anchor").get<std::string>())), anchor::kStatelessEpoch,
                    SecretBytes::copy_of(must(parse_hex(vector.at("root").get<std::string>()))));
  const auto provider = make_stateless_provider({file.config, anchor::Roots(std::move(root))});
  for (const auto& [id, public_key] : vector.at("keys").items()) {
    EXPECT_EQ(to_hex(provider->find_key(key(id))->half.public_key), public_key.get<std::string>());
  }
  const auto out = file_with({});
  const auto sealed = file_with(must(read_file(folder / "message.sealed", 1 << 20)));
  ASSERT_TRUE(succeeded(provider->unseal({}, ends_of(sealed, out))));
  EXPECT_EQ(as_text(content_of(out)), vector.at("message").get<std::string>());
}

}  // namespace
}  // namespace holdfast::trust
