// One context in several threads, a context in a forked child, and processes that start at once.
#include <atomic>
#include <barrier>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "interfaces/tap/test_support.hpp"
#include "tests/support/process.hpp"

namespace holdfast::tap {
namespace {

using test::buffer_of;
using test::Context;
using test::error_text;
using test::Initialized;
using test::Installation;
using test::Output;

constexpr std::string_view kP256("\x03\x00\x00\x02", 4);
constexpr int kThreads = 4;

std::string public_key_of(TAP_Key* key) {
  Output pem;
  return HOLDFAST_TAP_exportPublicKey(key, &pem.buffer, nullptr) == 0 ? pem.text() : "";
}

bool seals_and_opens(const Context& context) {
  Output sealed;
  Output opened;
  return context.seal("message", sealed) == 0 && context.unseal(sealed.text(), opened) == 0 &&
         opened.text() == "message";
}

// All begin at once, without a device and without a key: each of them may be the one that makes it.
TEST(TapThreads, ShareAContextAndAKey) {
  const Installation installation;
  const Initialized initialized(installation.configuration());
  const Context context;
  TAP_Key* key = context.key(kP256);
  std::vector<std::string> public_keys(kThreads);
  std::atomic<int> failures = 0;
  std::barrier start(kThreads);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        start.arrive_and_wait();
        auto input = buffer_of("message");
        TAP_Signature signature = {};
        if (TAP_asymSign(key, nullptr, nullptr, TAP_SIG_SCHEME_ECDSA_SHA256, 1, &input, &signature, nullptr) != 0)
          ++failures;
        TAP_freeSignature(&signature);
        if (i % 2 == 0) TAP_unloadKey(key, nullptr);
        if (!seals_and_opens(context)) ++failures;
        public_keys.at(static_cast<std::size_t>(i)) = public_key_of(key);
      });
    }
  }
  EXPECT_EQ(failures, 0) << context.error();
  EXPECT_THAT(public_keys, testing::Each(public_keys.front()));
  EXPECT_NE(public_keys.front(), "");
  TAP_freeKey(&key);
}

TEST(TapThreads, RememberTheirOwnErrors) {
  EXPECT_EQ(TAP_init(nullptr, nullptr), ERR_NULL_POINTER);
  std::string of_other = "unset";
  std::jthread([&] { of_other = error_text(); }).join();
  EXPECT_EQ(of_other, "");
  EXPECT_EQ(error_text(), "pConfigInfoList is NULL");
}

TEST(TapFork, ContextsAndKeysGoOnInTheChild) {
  const Installation installation;
  const Initialized initialized(installation.configuration());
  const Context context;
  TAP_Key* key = context.key(kP256);
  const auto public_key = public_key_of(key);
  ASSERT_NE(public_key, "") << context.error();
  const auto child = holdfast::test::start_process([&] {
    if (public_key_of(key) != public_key) return 1;
    if (TAP_unloadKey(key, nullptr) != 0 || public_key_of(key) != public_key) return 2;
    if (!seals_and_opens(context)) return 3;
    return TAP_uninit(nullptr) == 0 ? 0 : 4;
  });
  EXPECT_EQ(holdfast::test::wait_for(child), 0);
  EXPECT_TRUE(seals_and_opens(context)) << context.error();
  TAP_freeKey(&key);
}

TEST(TapProcesses, StartAtOnceWithOneAnchor) {
  const Installation installation;
  std::vector<pid_t> children;
  for (int i = 0; i < kThreads; ++i) {
    children.push_back(holdfast::test::start_process([&, i] {
      const Initialized initialized(installation.configuration());
      const Context context;
      TAP_Key* key = context.key(kP256);
      installation.write("public-" + std::to_string(i), public_key_of(key));
      Output sealed;
      if (context.seal("message", sealed) != 0) return 1;
      installation.write("sealed-" + std::to_string(i), sealed.text());
      TAP_freeKey(&key);
      return 0;
    }));
  }
  for (const auto child : children) EXPECT_EQ(holdfast::test::wait_for(child), 0);
  const auto read = [&](const std::string& name) { return read_file(installation / name, 1 << 20).value(); };
  const Initialized initialized(installation.configuration());
  const Context context;
  for (int i = 0; i < kThreads; ++i) {
    EXPECT_EQ(read("public-" + std::to_string(i)), read("public-0"));
    const auto sealed = read("sealed-" + std::to_string(i));
    Output opened;
    EXPECT_EQ(context.unseal(as_text(sealed), opened), 0) << context.error();
  }
  EXPECT_FALSE(read("public-0").empty());
}

}  // namespace
}  // namespace holdfast::tap
