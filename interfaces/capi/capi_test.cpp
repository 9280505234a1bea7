// Handles, settings, opening, texts of errors.
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "interfaces/capi/edge.hpp"
#include "interfaces/capi/test_support.hpp"

namespace holdfast::capi::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StrEq;

TEST(Handles, NullIsUsageEverywhere) {
  char* text = nullptr;
  std::size_t size = 0;
  EXPECT_EQ(holdfast_device_new(nullptr), HOLDFAST_USAGE);
  EXPECT_EQ(holdfast_device_open(nullptr), HOLDFAST_USAGE);
  EXPECT_THAT(holdfast_device_error(nullptr), HasSubstr("'device' is NULL"));
  EXPECT_EQ(holdfast_device_set_folder(nullptr, "/"), HOLDFAST_USAGE);
  EXPECT_EQ(holdfast_device_status(nullptr, &text), HOLDFAST_USAGE);
  EXPECT_EQ(holdfast_seal(nullptr, nullptr, nullptr, 0, nullptr, &size), HOLDFAST_USAGE);
  EXPECT_EQ(holdfast_key_sign(nullptr, nullptr, nullptr, 0, nullptr, &size), HOLDFAST_USAGE);
  EXPECT_EQ(holdfast_key_sign(nullptr, nullptr, nullptr, 0, nullptr, nullptr), HOLDFAST_USAGE);
  EXPECT_EQ(holdfast_key_list(nullptr, &text), HOLDFAST_USAGE);
  EXPECT_EQ(text, nullptr);
  EXPECT_EQ(holdfast_key_version(nullptr), 0U);
  EXPECT_EQ(holdfast_key_algorithm(nullptr), nullptr);
  EXPECT_EQ(holdfast_key_signature_size_max(nullptr), 0U);
  holdfast_device_free(nullptr);
  holdfast_key_free(nullptr);
  holdfast_text_free(nullptr);
}

TEST(Handles, NothingWorksBeforeOpening) {
  const Handle device;
  std::uint8_t byte = 0;
  EXPECT_EQ(holdfast_random(device, &byte, 1), HOLDFAST_USAGE);
  EXPECT_THAT(holdfast_device_error(device), HasSubstr("holdfast_device_open"));
  EXPECT_EQ(holdfast_key_create(device, "a", "ed25519", nullptr), HOLDFAST_USAGE);
}

TEST(Handles, SettingsAreCheckedAndComeBeforeOpening) {
  const Handle device;
  EXPECT_EQ(holdfast_device_set_folder(device, nullptr), HOLDFAST_USAGE);
  EXPECT_EQ(holdfast_device_set_folder(device, ""), HOLDFAST_USAGE);
  EXPECT_EQ(holdfast_device_set_folder(device, std::string(5000, 'a').c_str()), HOLDFAST_USAGE);
  EXPECT_EQ(holdfast_device_set_passphrase(device, "", 0), HOLDFAST_USAGE);
  EXPECT_EQ(holdfast_device_set_passphrase(device, "\xff\xfe", 2), HOLDFAST_USAGE);
  EXPECT_EQ(holdfast_device_set_passphrase(device, std::string(1025, 'a').c_str(), 1025), HOLDFAST_USAGE);
  const State state;
  EXPECT_EQ(holdfast_device_set_folder(device, state.folder().c_str()), HOLDFAST_OK);
  ASSERT_EQ(holdfast_device_open(device), HOLDFAST_OK) << holdfast_device_error(device);
  EXPECT_EQ(holdfast_device_set_folder(device, "/elsewhere"), HOLDFAST_USAGE);
  EXPECT_EQ(holdfast_device_open(device), HOLDFAST_OK);
}

TEST(Opening, ToldApartWhereItMayBe) {
  const holdfast::test::TemporaryFolder empty;
  const Handle nowhere(empty.path() / "none");
  EXPECT_EQ(holdfast_device_open(nowhere), HOLDFAST_NOT_FOUND);
  EXPECT_THAT(holdfast_device_error(nowhere), HasSubstr("holdfast init"));

  const State drifted;
  drifted.change_machine();
  const Handle elsewhere(drifted.folder());
  EXPECT_EQ(holdfast_device_open(elsewhere), HOLDFAST_DOES_NOT_OPEN);
  EXPECT_STRNE(holdfast_device_error(elsewhere), "");

  const State blind;
  blind.hide_machine();
  const Handle unreadable(blind.folder());
  EXPECT_EQ(holdfast_device_open(unreadable), HOLDFAST_ATTRIBUTES_MISSING);
  EXPECT_THAT(holdfast_device_error(unreadable), HasSubstr("not found on this machine"));

  const State damaged;
  damaged.damage_anchor();
  const Handle altered(damaged.folder());
  EXPECT_EQ(holdfast_device_open(altered), HOLDFAST_MALFORMED);
}

TEST(Opening, StatusTellsWithoutFailing) {
  const State state;
  const Handle device(state.folder());
  Text before;
  ASSERT_EQ(holdfast_device_status(device, before.out()), HOLDFAST_OK) << holdfast_device_error(device);
  EXPECT_EQ(before.json()["opens"], true);
  ASSERT_EQ(holdfast_device_open(device), HOLDFAST_OK);
  Text after;
  ASSERT_EQ(holdfast_device_status(device, after.out()), HOLDFAST_OK);
  EXPECT_EQ(after.json(), before.json());

  state.change_machine();
  const Handle elsewhere(state.folder());
  Text drifted;
  ASSERT_EQ(holdfast_device_status(elsewhere, drifted.out()), HOLDFAST_OK);
  EXPECT_EQ(drifted.json()["opens"], false);
}

int refuse(void*, int, char*, std::size_t) { return -1; }
int refuse_to_try_again(void*, int attempt, char* buffer, std::size_t) {
  if (attempt > 1) return -1;
  *buffer = 'x';
  return 1;
}
int lie(void*, int, char*, std::size_t capacity) { return static_cast<int>(capacity) + 1; }
int second_is_right(void* user, int attempt, char* buffer, std::size_t) {
  *static_cast<int*>(user) = attempt;
  const std::string_view typed = attempt == 1 ? "wrong horse battery" : State::kPassphrase;
  std::memcpy(buffer, typed.data(), typed.size());
  return static_cast<int>(typed.size());
}

TEST(Opening, TakesAPassphraseFromSettingOrFunction) {
  const State state(State::Passphrase::yes);
  const Handle without(state.folder());
  EXPECT_EQ(holdfast_device_open(without), HOLDFAST_PASSPHRASE_NEEDED);
  EXPECT_THAT(holdfast_device_error(without), HasSubstr("passphrase"));

  const Handle set(state.folder());
  ASSERT_EQ(holdfast_device_set_passphrase(set, State::kPassphrase.data(), State::kPassphrase.size()), HOLDFAST_OK);
  EXPECT_EQ(holdfast_device_open(set), HOLDFAST_OK) << holdfast_device_error(set);

  int attempts = 0;
  const Handle asked(state.folder());
  ASSERT_EQ(holdfast_device_set_passphrase_function(asked, second_is_right, &attempts), HOLDFAST_OK);
  EXPECT_EQ(holdfast_device_open(asked), HOLDFAST_OK) << holdfast_device_error(asked);
  EXPECT_EQ(attempts, 2);

  const Handle lying(state.folder());
  ASSERT_EQ(holdfast_device_set_passphrase_function(lying, lie, nullptr), HOLDFAST_OK);
  EXPECT_EQ(holdfast_device_open(lying), HOLDFAST_USAGE);
  for (const auto function : {refuse, refuse_to_try_again}) {
    const Handle given_up(state.folder());
    ASSERT_EQ(holdfast_device_set_passphrase_function(given_up, function, nullptr), HOLDFAST_OK);
    EXPECT_EQ(holdfast_device_open(given_up), HOLDFAST_PASSPHRASE_NEEDED);
    EXPECT_THAT(holdfast_device_error(given_up), HasSubstr("passphrase"));
  }
}

TEST(Errors, BelongToOneHandleAndThread) {
  const Handle first;
  const Handle second;
  EXPECT_THAT(holdfast_device_error(first), StrEq(""));
  EXPECT_EQ(holdfast_key_rotate(first, "a"), HOLDFAST_USAGE);
  EXPECT_THAT(holdfast_device_error(second), StrEq(""));
  std::string elsewhere = "unset";
  std::thread([&] { elsewhere = holdfast_device_error(first); }).join();
  EXPECT_EQ(elsewhere, "");
  EXPECT_THAT(holdfast_device_error(first), HasSubstr("not open"));
}

TEST(Errors, OfOneHandleStayWhenAnotherFails) {
  const Handle first;
  const Handle second;
  EXPECT_EQ(holdfast_device_set_folder(first, ""), HOLDFAST_USAGE);
  const auto* const text = holdfast_device_error(first);
  EXPECT_EQ(holdfast_key_rotate(second, "a"), HOLDFAST_USAGE);
  EXPECT_EQ(holdfast_verify(nullptr, "x", 1, nullptr, "m", 1, "s", 1), HOLDFAST_MALFORMED);
  for (int i = 0; i < 100; ++i) {
    const Handle other;
    EXPECT_EQ(holdfast_device_set_folder(other, nullptr), HOLDFAST_USAGE);
    EXPECT_THAT(holdfast_device_error(other), HasSubstr("NULL"));
  }
  // What was handed out before is the same memory.
  EXPECT_EQ(holdfast_device_error(first), text);
  EXPECT_STREQ(text, "'folder' is empty");
  EXPECT_THAT(holdfast_device_error(second), HasSubstr("not open"));
  EXPECT_THAT(holdfast_device_error(nullptr), HasSubstr("public key"));
}

TEST(Errors, SpeakOfFunctionsAndNotOfTheCommand) {
  EXPECT_EQ(in_words_of_c("name its folder with --dir or HOLDFAST_DIR"),
            "name its folder with holdfast_device_set_folder or HOLDFAST_DIR");
  EXPECT_EQ(in_words_of_c("no options here"), "no options here");
  const holdfast::test::TemporaryFolder empty;
  const Handle nowhere(empty.path() / "none");
  EXPECT_EQ(holdfast_device_open(nowhere), HOLDFAST_NOT_FOUND);
  EXPECT_THAT(holdfast_device_error(nowhere), HasSubstr("holdfast_device_set_folder"));
  EXPECT_THAT(holdfast_device_error(nowhere), Not(HasSubstr("--")));
}

TEST(Errors, EveryStatusHasAName) {
  EXPECT_STREQ(holdfast_status_name(HOLDFAST_OK), "ok");
  EXPECT_STREQ(holdfast_status_name(HOLDFAST_DOES_NOT_OPEN), "does_not_open");
  EXPECT_STREQ(holdfast_status_name(77), "unknown");
}

TEST(Random, ComesFromTheDevice) {
  const State state;
  const OpenDevice device(state);
  std::array<std::uint8_t, 64> first{};
  std::array<std::uint8_t, 64> second{};
  ASSERT_EQ(holdfast_random(device, first.data(), first.size()), HOLDFAST_OK);
  ASSERT_EQ(holdfast_random(device, second.data(), second.size()), HOLDFAST_OK);
  EXPECT_NE(first, second);
  EXPECT_EQ(holdfast_random(device, nullptr, 0), HOLDFAST_OK);
  EXPECT_EQ(holdfast_random(device, nullptr, 1), HOLDFAST_USAGE);
  std::vector<std::uint8_t> most((std::size_t{16} << 20) + 1);
  EXPECT_EQ(holdfast_random(device, most.data(), most.size() - 1), HOLDFAST_OK);
  EXPECT_EQ(holdfast_random(device, most.data(), most.size()), HOLDFAST_USAGE);
}

// Both draw fresh randomness, and both still sign.
TEST(Fork, ChildUsesWhatItInherits) {
  const State state;
  const OpenDevice device(state);
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const pid_t child = ::fork();
  std::array<std::uint8_t, 32> own{};
  const auto drawn = holdfast_random(device, own.data(), own.size());
  if (child == 0) {
    const bool written = ::write(ends[1], own.data(), own.size()) == static_cast<ssize_t>(own.size());
    ::_exit(drawn == HOLDFAST_OK && written ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(drawn, HOLDFAST_OK);
  std::array<std::uint8_t, 32> childs{};
  ASSERT_EQ(::read(ends[0], childs.data(), childs.size()), static_cast<ssize_t>(childs.size()));
  EXPECT_NE(own, childs);
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace holdfast::capi::test
